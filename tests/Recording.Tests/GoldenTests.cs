using System.Security.Cryptography;
using System.Text;

namespace Sallyport.Recording.Tests;

/// <summary>
/// A recording of format version 1, never to be made anew: whoever changes the format must still read it.
/// Its keys are in the repository on purpose and protect nothing.
/// </summary>
public class GoldenTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "golden");

    [Fact]
    public async Task The_golden_recording_reads_as_it_was_written()
    {
        using var key = ECDiffieHellman.Create();
        key.ImportFromPem(await File.ReadAllTextAsync(Path.Combine(Folder, "test-only-key-encryption-key.pem")));
        await using var file = File.OpenRead(Path.Combine(Folder, "golden-v1.sprec"));
        using var reader = await RecordingReader.OpenAsync(file, key, CancellationToken.None);

        var read = new List<string>();
        await foreach (var entry in reader.ReadAsync(TimeSpan.Zero, CancellationToken.None))
        {
            read.Add($"{entry.Kind} {(entry.Kind is RecordingEventKind.Resize or RecordingEventKind.MaskedInput ? Convert.ToHexString(entry.Payload.Span) : Encoding.UTF8.GetString(entry.Payload.Span))}");
        }

        Assert.Equal(
            ["Resize 50001800", "Output login: ", "Input operator\r", "MaskedInput 06000000", "Snapshot " + new string('=', 400), "Marker Ended: by the user"],
            read);
        Assert.Equal("Test technician", reader.Header.User.Name);
        Assert.Equal((RecordingCompleteness.Sealed, "user"), (reader.Completeness, reader.End!.Reason));
        Assert.Equal([(7u, 15u), (0u, 0u)], reader.Chunks.Select(chunk => (chunk.OutputBytes, chunk.InputBytes)));
    }

    [Fact]
    public async Task The_golden_recording_verifies()
    {
        using var gatewayKey = ECDsa.Create();
        gatewayKey.ImportFromPem(await File.ReadAllTextAsync(Path.Combine(Folder, "test-only-gateway-public-key.pem")));
        using var key = ECDiffieHellman.Create();
        key.ImportFromPem(await File.ReadAllTextAsync(Path.Combine(Folder, "test-only-key-encryption-key.pem")));
        await using var file = File.OpenRead(Path.Combine(Folder, "golden-v1.sprec"));

        var report = await RecordingVerifier.VerifyAsync(file, gatewayKey, null, key, CancellationToken.None);

        Assert.Empty(report.Findings);
        Assert.Equal((Verdict.Intact, true), (report.Verdict, report.SignatureChecked));
    }
}
