using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;

namespace Sallyport.Recording.Format;

/// <summary>The start of a file: magic, version, length, and JSON that says what the recording is and holds its wrapped key.</summary>
public sealed record FileHeader(RecordingHeader Recording, WrappedKey Key)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        MaxDepth = 8,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public byte[] ToBytes()
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(this, Json);
        if (json.Length > Layout.MaxHeaderLength)
        {
            throw new RecordingException("The recording's header is too long.");
        }

        var bytes = new byte[Layout.PrefixLength + json.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Layout.FileMagic);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), Layout.Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), json.Length);
        json.CopyTo(bytes.AsSpan(Layout.PrefixLength));
        return bytes;
    }

    /// <returns>The header, its length in the file and its hash, which the first chunk carries.</returns>
    public static async Task<(FileHeader Header, int Length, byte[] Hash)> ReadAsync(Stream source, CancellationToken cancellationToken)
    {
        var prefix = new byte[Layout.PrefixLength];
        source.Position = 0;
        if (await source.ReadAtLeastAsync(prefix, prefix.Length, throwOnEndOfStream: false, cancellationToken) < prefix.Length
            || BinaryPrimitives.ReadUInt32LittleEndian(prefix) != Layout.FileMagic)
        {
            throw new RecordingException("This is not a Sallyport recording.");
        }

        var version = BinaryPrimitives.ReadUInt16LittleEndian(prefix.AsSpan(4));
        if (version != Layout.Version)
        {
            throw new RecordingException($"The recording has format version {version}; this reader knows version {Layout.Version}.");
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(prefix.AsSpan(8));
        if (length is <= 0 or > Layout.MaxHeaderLength || BinaryPrimitives.ReadUInt16LittleEndian(prefix.AsSpan(6)) != 0)
        {
            throw new RecordingException("The recording's header has an impossible length.");
        }

        var bytes = new byte[prefix.Length + length];
        prefix.CopyTo(bytes, 0);
        if (await source.ReadAtLeastAsync(bytes.AsMemory(prefix.Length), length, throwOnEndOfStream: false, cancellationToken) < length)
        {
            throw new RecordingException("The recording ends within its header.");
        }

        try
        {
            var header = JsonSerializer.Deserialize<FileHeader>(bytes.AsSpan(prefix.Length), Json);
            return header is null ? throw new RecordingException("The recording's header is empty.") : (header, bytes.Length, SHA256.HashData(bytes));
        }
        catch (JsonException e)
        {
            throw new RecordingException("The recording's header cannot be read.", e);
        }
    }
}
