using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Sallyport.Recording.Format;

/// <summary>The last chunk's body: how it ended, where the index is, and the gateway's signature over all of it and the chain's head.</summary>
public sealed record EndRecord(string Reason, DateTimeOffset EndedAt, long Chunks, long IndexOffset, string GatewayKeyId)
{
    private static readonly byte[] Context = Encoding.ASCII.GetBytes("sallyport recording end v1");

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web);

    /// <summary>64 bytes (ECDSA P-256, SHA-256, IEEE P1363) over the end chunk's head, which carries the chain's head, and its JSON.</summary>
    public static byte[] Sign(ReadOnlySpan<byte> chunkHeader, ReadOnlySpan<byte> json, ECDsa key) =>
        key.SignData(Signed(chunkHeader, json), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public static EndRecord Read(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize<EndRecord>(body[..^Layout.SignatureLength], JsonSerializerOptions.Web) is { Reason: not null, GatewayKeyId: not null } end
                ? end
                : throw new RecordingException("The recording's end is empty.");
        }
        catch (JsonException e)
        {
            throw new RecordingException("The recording's end cannot be read.", e);
        }
    }

    /// <param name="chunk">The whole end chunk: head, JSON, signature.</param>
    public static bool Verify(ReadOnlySpan<byte> chunk, ECDsa key) => key.VerifyData(
        Signed(chunk[..Layout.ChunkHeaderLength], chunk[Layout.ChunkHeaderLength..^Layout.SignatureLength]),
        chunk[^Layout.SignatureLength..],
        HashAlgorithmName.SHA256,
        DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    private static byte[] Signed(ReadOnlySpan<byte> chunkHeader, ReadOnlySpan<byte> json) => [.. Context, .. chunkHeader, .. json];
}
