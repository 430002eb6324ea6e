using System.Buffers.Binary;

namespace Sallyport.Portal.Recordings.Video;

/// <summary>
/// Raw pictures with their times, as the encoder can read them from a pipe: Matroska (RFC 9559) without an index, one
/// cluster for each picture. Plain raw video has no times, and the same picture would have to be sent again and again.
/// </summary>
internal static class MatroskaFrames
{
    private const string Codec = "V_UNCOMPRESSED";

    /// <summary>Blue, green, red and a byte that is not looked at.</summary>
    private static readonly byte[] ColourSpace = [(byte)'B', (byte)'G', (byte)'R', 0];

    /// <summary>What comes before the first picture.</summary>
    public static byte[] Head(int width, int height) =>
    [
        .. Element(0x1A45DFA3, Number(0x4286, 1), Number(0x42F7, 1), Number(0x42F2, 4), Number(0x42F3, 8), Element(0x4282, "matroska"u8), Number(0x4287, 4), Number(0x4285, 2)),

        // A segment of unknown size: until the end.
        0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,

        // Times are in milliseconds.
        .. Element(0x1549A966, Number(0x2AD7B1, 1_000_000), Element(0x4D80, "Sallyport"u8), Element(0x5741, "Sallyport"u8)),
        .. Element(
            0x1654AE6B,
            Element(
                0xAE,
                Number(0xD7, 1),
                Number(0x73C5, 1),
                Number(0x83, 1),
                Number(0x9C, 0),
                Element(0x86, System.Text.Encoding.ASCII.GetBytes(Codec)),
                Element(0xE0, Number(0xB0, width), Number(0xBA, height), Element(0x2EB524, ColourSpace)))),
    ];

    /// <summary>What comes before a picture of that many bytes.</summary>
    public static byte[] FrameHead(TimeSpan at, int length)
    {
        // A simple block: track 1, no time of its own, a key frame.
        byte[] block = [0x81, 0, 0, 0x80];
        byte[] inner = [.. Number(0xE7, (long)at.TotalMilliseconds), 0xA3, .. Size(block.Length + length), .. block];
        return [0x1F, 0x43, 0xB6, 0x75, .. Size(inner.Length + length), .. inner];
    }

    private static byte[] Element(uint id, params ReadOnlySpan<byte[]> children)
    {
        byte[] body = [];
        foreach (var child in children)
        {
            body = [.. body, .. child];
        }

        return Element(id, body.AsSpan());
    }

    private static byte[] Element(uint id, ReadOnlySpan<byte> body) => [.. Id(id), .. Size(body.Length), .. body];

    private static byte[] Number(uint id, long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return Element(id, bytes.AsSpan());
    }

    private static byte[] Id(uint id)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, id);
        return bytes.AsSpan().TrimStart((byte)0).ToArray();
    }

    private static byte[] Size(long size)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, size | (1L << 56));
        return bytes;
    }
}
