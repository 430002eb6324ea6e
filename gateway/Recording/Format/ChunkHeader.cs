using System.Buffers.Binary;

namespace Sallyport.Recording.Format;

public enum ChunkType : byte
{
    Events = 1,
    Index = 2,
    End = 3,
}

[Flags]
public enum ChunkFlags : byte
{
    None = 0,

    /// <summary>The first event is a snapshot: a replay can begin here.</summary>
    BeginsWithSnapshot = 1,

    /// <summary>The body is Brotli (RFC 7932) before it is sealed.</summary>
    Compressed = 2,
}

/// <summary>The 84 bytes in clear before each chunk's body, little-endian; authenticated with the body and bound to what came before.</summary>
/// <param name="FirstMicroseconds">Time of the first event since the recording's start.</param>
/// <param name="OutputBytes">Of output events in it: drawn as activity without opening the chunk.</param>
/// <param name="BodyLength">Bytes that follow: ciphertext and tag, or a body in clear.</param>
/// <param name="Previous">SHA-256 of the chunk before (header and body), or of the file's header for chunk 0.</param>
public readonly record struct ChunkHeader(
    ChunkType Type,
    ChunkFlags Flags,
    long Number,
    long FirstMicroseconds,
    long LastMicroseconds,
    int EventCount,
    int PlainLength,
    int BodyLength,
    uint OutputBytes,
    uint InputBytes,
    ReadOnlyMemory<byte> Previous)
{
    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, Layout.ChunkMagic);
        target[4] = (byte)Type;
        target[5] = (byte)Flags;
        BinaryPrimitives.WriteUInt16LittleEndian(target[6..], 0);
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], Number);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], FirstMicroseconds);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], LastMicroseconds);
        BinaryPrimitives.WriteInt32LittleEndian(target[32..], EventCount);
        BinaryPrimitives.WriteInt32LittleEndian(target[36..], PlainLength);
        BinaryPrimitives.WriteInt32LittleEndian(target[40..], BodyLength);
        BinaryPrimitives.WriteUInt32LittleEndian(target[44..], OutputBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(target[48..], InputBytes);
        Previous.Span.CopyTo(target[52..]);
    }

    /// <summary>False when these bytes cannot be a chunk's header: torn, altered, or not a chunk at all.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out ChunkHeader header)
    {
        header = default;
        if (source.Length < Layout.ChunkHeaderLength || BinaryPrimitives.ReadUInt32LittleEndian(source) != Layout.ChunkMagic)
        {
            return false;
        }

        header = new ChunkHeader(
            (ChunkType)source[4],
            (ChunkFlags)source[5],
            BinaryPrimitives.ReadInt64LittleEndian(source[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[32..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[36..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[40..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[44..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[48..]),
            source.Slice(52, Layout.HashLength).ToArray());
        return header.IsPlausible && BinaryPrimitives.ReadUInt16LittleEndian(source[6..]) == 0;
    }

    /// <summary>Within the limits of <see cref="Layout"/>, and of one piece.</summary>
    public bool IsPlausible =>
        Type is ChunkType.Events or ChunkType.Index or ChunkType.End
        && Flags is >= ChunkFlags.None and <= (ChunkFlags.BeginsWithSnapshot | ChunkFlags.Compressed)
        && Number is >= 0 and <= Layout.MaxChunks
        && FirstMicroseconds >= 0
        && LastMicroseconds >= FirstMicroseconds
        && LastMicroseconds <= Layout.MaxMicroseconds
        && EventCount is >= 0 and <= Layout.MaxEventsPerChunk
        && PlainLength >= 0
        && BodyLength >= 0
        && Type switch
        {
            ChunkType.Events => PlainLength <= Layout.MaxPlainLength && BodyLength is >= Layout.TagLength and <= Layout.MaxSealedLength,
            ChunkType.Index => BodyLength == PlainLength && BodyLength == Number * Layout.IndexEntryLength,
            _ => BodyLength == PlainLength && BodyLength is > Layout.SignatureLength and <= Layout.MaxEndLength,
        };
}
