using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Sallyport.Recording.Format;

/// <summary>Where a chunk of events is and what it spans: 44 bytes each in the index at the end of a sealed file.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct IndexEntry(long Offset, long FirstMicroseconds, long LastMicroseconds, int BodyLength, ChunkFlags Flags, uint OutputBytes, uint InputBytes)
{
    public static IndexEntry Of(ChunkHeader header, long offset) =>
        new(offset, header.FirstMicroseconds, header.LastMicroseconds, header.BodyLength, header.Flags, header.OutputBytes, header.InputBytes);

    public static byte[] ToBytes(IReadOnlyList<IndexEntry> entries)
    {
        var bytes = new byte[entries.Count * Layout.IndexEntryLength];
        for (var i = 0; i < entries.Count; i++)
        {
            entries[i].Write(bytes.AsSpan(i * Layout.IndexEntryLength));
        }

        return bytes;
    }

    public static IndexEntry Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadInt64LittleEndian(source),
        BinaryPrimitives.ReadInt64LittleEndian(source[8..]),
        BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
        BinaryPrimitives.ReadInt32LittleEndian(source[24..]),
        (ChunkFlags)source[28],
        BinaryPrimitives.ReadUInt32LittleEndian(source[32..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[36..]));

    private void Write(Span<byte> target)
    {
        target[..Layout.IndexEntryLength].Clear();
        BinaryPrimitives.WriteInt64LittleEndian(target, Offset);
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], FirstMicroseconds);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], LastMicroseconds);
        BinaryPrimitives.WriteInt32LittleEndian(target[24..], BodyLength);
        target[28] = (byte)Flags;
        BinaryPrimitives.WriteUInt32LittleEndian(target[32..], OutputBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(target[36..], InputBytes);
    }
}
