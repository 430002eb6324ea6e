using System.Buffers.Text;
using System.Security.Cryptography;

namespace Sallyport.Recording.Tests.Support;

/// <summary>A recording in a temporary folder, with the keys to write and to read it.</summary>
public sealed class TestRecording : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sallyport-recording").FullName;

    public ECDsa GatewayKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ECDiffieHellman KeyEncryptionKey { get; } = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

    public string Path => System.IO.Path.Combine(_folder, "session.sprec");

    public static RecordingHeader Header(Guid? sessionId = null) => new(
        sessionId ?? Guid.NewGuid(),
        Guid.NewGuid(),
        new Party(Guid.NewGuid(), "Technician"),
        new Party(Guid.NewGuid(), "Plant"),
        new Party(Guid.NewGuid(), "Edge box"),
        new Party(Guid.NewGuid(), "ssh"),
        "ssh",
        new Party(Guid.NewGuid(), "gateway"),
        "gateway-key",
        "Pump trips",
        new Party(Guid.NewGuid(), "Admin"),
        null,
        DateTimeOffset.UnixEpoch,
        DateTimeOffset.UnixEpoch.AddHours(1));

    public Task<RecordingWriter> CreateAsync(TimeProvider? time = null, string? path = null) => RecordingWriter.CreateAsync(
        path ?? Path,
        Header(),
        new RecordingRecipient("kek", Base64Url.EncodeToString(KeyEncryptionKey.ExportSubjectPublicKeyInfo())),
        GatewayKey,
        time ?? TimeProvider.System,
        CancellationToken.None);

    /// <summary>A sealed recording of that many output events of a chunk each.</summary>
    public async Task<RecordingHead> WriteSealedAsync(int chunks)
    {
        await using var writer = await CreateAsync();
        for (var i = 0; i < chunks; i++)
        {
            await writer.WriteAsync(RecordingEventKind.Output, RandomNumberGenerator.GetBytes(300_000), CancellationToken.None);
        }

        return await writer.SealAsync("user", CancellationToken.None);
    }

    public async Task<List<RecordingEvent>> ReadAllAsync(string? path = null)
    {
        await using var file = File.OpenRead(path ?? Path);
        using var reader = await RecordingReader.OpenAsync(file, KeyEncryptionKey, CancellationToken.None);
        var events = new List<RecordingEvent>();
        await foreach (var entry in reader.ReadAsync(TimeSpan.Zero, CancellationToken.None))
        {
            events.Add(entry);
        }

        return events;
    }

    public async Task<VerificationReport> VerifyAsync(RecordingHead? reported = null, ECDsa? gatewayKey = null)
    {
        await using var file = File.OpenRead(Path);
        return await RecordingVerifier.VerifyAsync(file, gatewayKey ?? GatewayKey, reported, KeyEncryptionKey, CancellationToken.None);
    }

    public void Dispose()
    {
        GatewayKey.Dispose();
        KeyEncryptionKey.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
