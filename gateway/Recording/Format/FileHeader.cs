using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;

namespace Sallyport.Recording.Format;

/// <summary>
/// The start of a file: magic, version, two lengths, JSON that says what the recording is, and JSON with its wrapped key.
/// The key can be unwrapped only beside exactly those bytes of JSON (<see cref="Description"/>) that it was wrapped beside.
/// </summary>
internal sealed record FileHeader(RecordingHeader Recording, WrappedKey Key, ReadOnlyMemory<byte> Description)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        MaxDepth = 8,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>The bytes of a new header with that key wrapped for the recipient.</summary>
    public static byte[] Create(RecordingHeader recording, ReadOnlySpan<byte> key, RecordingRecipient recipient)
    {
        var description = JsonSerializer.SerializeToUtf8Bytes(recording, Json);
        var wrapped = JsonSerializer.SerializeToUtf8Bytes(WrappedKey.Wrap(key, recipient, recording.SessionId, description), Json);
        if (description.Length + wrapped.Length > Layout.MaxHeaderLength)
        {
            throw new RecordingException("The recording's header is too long.");
        }

        var prefix = new byte[Layout.PrefixLength];
        BinaryPrimitives.WriteUInt32LittleEndian(prefix, Layout.FileMagic);
        BinaryPrimitives.WriteUInt16LittleEndian(prefix.AsSpan(4), Layout.Version);
        BinaryPrimitives.WriteInt32LittleEndian(prefix.AsSpan(8), description.Length);
        BinaryPrimitives.WriteInt32LittleEndian(prefix.AsSpan(12), wrapped.Length);
        return [.. prefix, .. description, .. wrapped];
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

        var descriptionLength = BinaryPrimitives.ReadInt32LittleEndian(prefix.AsSpan(8));
        var keyLength = BinaryPrimitives.ReadInt32LittleEndian(prefix.AsSpan(12));
        if (descriptionLength is <= 0 or > Layout.MaxHeaderLength
            || keyLength <= 0
            || keyLength > Layout.MaxHeaderLength - descriptionLength
            || BinaryPrimitives.ReadUInt16LittleEndian(prefix.AsSpan(6)) != 0)
        {
            throw new RecordingException("The recording's header has an impossible length.");
        }

        var bytes = new byte[prefix.Length + descriptionLength + keyLength];
        prefix.CopyTo(bytes, 0);
        var rest = bytes.AsMemory(prefix.Length);
        if (await source.ReadAtLeastAsync(rest, rest.Length, throwOnEndOfStream: false, cancellationToken) < rest.Length)
        {
            throw new RecordingException("The recording ends within its header.");
        }

        try
        {
            var recording = JsonSerializer.Deserialize<RecordingHeader>(rest.Span[..descriptionLength], Json);
            var key = JsonSerializer.Deserialize<WrappedKey>(rest.Span[descriptionLength..], Json);
            return recording is null || key is null
                ? throw new RecordingException("The recording's header is empty.")
                : (new FileHeader(recording, key, rest[..descriptionLength]), bytes.Length, SHA256.HashData(bytes));
        }
        catch (JsonException e)
        {
            throw new RecordingException("The recording's header cannot be read.", e);
        }
    }

    /// <exception cref="RecordingException">Made for another key, or the header was altered.</exception>
    public byte[] UnwrapKey(ECDiffieHellman keyEncryptionKey) => Key.Unwrap(keyEncryptionKey, Recording.SessionId, Description.Span);
}
