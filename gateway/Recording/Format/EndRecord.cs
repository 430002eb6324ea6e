using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Sallyport.Recording.Format;

/// <summary>The last chunk's body: how it ended, where the index is, and the gateway's signature over all of it and the chain's head.</summary>
public sealed record EndRecord(string Reason, DateTimeOffset EndedAt, long Chunks, long IndexOffset, string GatewayKeyId)
{
    private static readonly byte[] Context = Encoding.ASCII.GetBytes("sallyport recording end v1");

    /// <summary>JSON followed by 64 bytes of signature (ECDSA P-256, SHA-256, IEEE P1363).</summary>
    public byte[] Sign(ReadOnlySpan<byte> head, ECDsa key)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web);
        return [.. json, .. key.SignData(Signed(json, head), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)];
    }

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

    public static bool Verify(ReadOnlySpan<byte> body, ReadOnlySpan<byte> head, ECDsa key) => key.VerifyData(
        Signed(body[..^Layout.SignatureLength], head),
        body[^Layout.SignatureLength..],
        HashAlgorithmName.SHA256,
        DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    private static byte[] Signed(ReadOnlySpan<byte> json, ReadOnlySpan<byte> head) => [.. Context, .. head, .. json];
}
