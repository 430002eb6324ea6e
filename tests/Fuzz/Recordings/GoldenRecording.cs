using System.Buffers.Text;
using System.Security.Cryptography;
using Sallyport.Recording;

namespace Sallyport.Fuzz.Recordings;

/// <summary>A tiny recording with every kind of event and the keys to it, which no version may ever fail to read.</summary>
internal static class GoldenRecording
{
    public static async Task<int> WriteAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        using var gatewayKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var keyEncryptionKey = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(Path.Combine(folder, "test-only-gateway-public-key.pem"), gatewayKey.ExportSubjectPublicKeyInfoPem() + "\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "test-only-key-encryption-key.pem"), keyEncryptionKey.ExportPkcs8PrivateKeyPem() + "\n");
        await using var writer = await RecordingWriter.CreateAsync(
            Path.Combine(folder, "golden-v1.sprec"),
            SampleHeader.Create(Guid.Parse("00000000-0000-4000-8000-0000000000aa")),
            new RecordingRecipient("test-kek", Base64Url.EncodeToString(keyEncryptionKey.ExportSubjectPublicKeyInfo())),
            gatewayKey,
            TimeProvider.System,
            CancellationToken.None);
        await writer.WriteAsync(RecordingEventKind.Resize, new byte[] { 80, 0, 24, 0 }, CancellationToken.None);
        await writer.WriteAsync(RecordingEventKind.Output, "login: "u8.ToArray(), CancellationToken.None);
        await writer.WriteAsync(RecordingEventKind.Input, "operator\r"u8.ToArray(), CancellationToken.None);
        await writer.WriteAsync(RecordingEventKind.MaskedInput, new byte[] { 6, 0, 0, 0 }, CancellationToken.None);

        // Long and regular enough to be stored compressed; the chunk before is not.
        await writer.WriteAsync(RecordingEventKind.Snapshot, Enumerable.Repeat((byte)'=', 400).ToArray(), CancellationToken.None);
        await writer.WriteAsync(RecordingEventKind.Marker, "Ended: by the user"u8.ToArray(), CancellationToken.None);
        await writer.SealAsync("user", CancellationToken.None);
        return 0;
    }
}
