using System.Buffers.Binary;

namespace Sallyport.Recording.Format;

/// <summary>A chunk's AES-GCM nonce is its number: never used twice, since the key belongs to one recording and numbers only rise.</summary>
internal static class Nonce
{
    public static byte[] Of(long chunk)
    {
        var nonce = new byte[Layout.NonceLength];
        BinaryPrimitives.WriteInt64LittleEndian(nonce.AsSpan(4), chunk);
        return nonce;
    }
}

/// <summary>The last eight bytes of a sealed file: length of the end chunk, and a magic number.</summary>
internal static class Trailer
{
    public static byte[] ToBytes(int endLength)
    {
        var bytes = new byte[Layout.TrailerLength];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, endLength);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Layout.TrailerMagic);
        return bytes;
    }

    /// <summary>Length of the end chunk, or null when the file has no trailer.</summary>
    public static int? Read(ReadOnlySpan<byte> bytes)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) == Layout.TrailerMagic
            && length is > Layout.ChunkHeaderLength + Layout.SignatureLength and <= Layout.ChunkHeaderLength + Layout.MaxEndLength
            ? length
            : null;
    }
}
