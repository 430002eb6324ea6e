using System.Buffers.Text;
using System.Security.Cryptography;
using Sallyport.Recording;

namespace Sallyport.Gateway.Tests.Web.Support;

/// <summary>A web session's recording in a real file, and what is in it.</summary>
public sealed class WebRecording : IAsyncDisposable
{
    private readonly ECDsa _gatewayKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDiffieHellman _keyEncryptionKey = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
    private readonly string _path;

    private WebRecording(string path) => _path = path;

    public RecordingWriter Writer { get; private set; } = null!;

    public static async Task<WebRecording> CreateAsync(string path, Guid sessionId)
    {
        var recording = new WebRecording(path);
        var party = new Party(Guid.NewGuid(), "Pumping station");
        recording.Writer = await RecordingWriter.CreateAsync(
            path,
            new RecordingHeader(sessionId, Guid.NewGuid(), party, party, party, party, "web", party, "key", "Level too low", null, null, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddHours(1)),
            new RecordingRecipient("kek", Base64Url.EncodeToString(recording._keyEncryptionKey.ExportSubjectPublicKeyInfo())),
            recording._gatewayKey,
            TimeProvider.System,
            CancellationToken.None);
        return recording;
    }

    /// <summary>Sealed, opened again, and read.</summary>
    public async Task<List<HttpTrace>> ReadAsync()
    {
        await Writer.SealAsync("user", CancellationToken.None);
        await using var file = File.OpenRead(_path);
        using var reader = await RecordingReader.OpenAsync(file, _keyEncryptionKey, CancellationToken.None);
        var traces = new List<HttpTrace>();
        await foreach (var entry in reader.ReadAsync(TimeSpan.Zero, CancellationToken.None))
        {
            if (entry.Kind == RecordingEventKind.Http)
            {
                traces.Add(HttpTrace.Decode(entry.Payload.Span) ?? throw new InvalidOperationException("An event that cannot be read."));
            }
        }

        return traces;
    }

    public async Task<string> ExportHarAsync()
    {
        await using var file = File.OpenRead(_path);
        using var reader = await RecordingReader.OpenAsync(file, _keyEncryptionKey, CancellationToken.None);
        using var output = new MemoryStream();
        await HarExporter.ExportAsync(reader, output, CancellationToken.None);
        return System.Text.Encoding.UTF8.GetString(output.ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        await Writer.DisposeAsync();
        _gatewayKey.Dispose();
        _keyEncryptionKey.Dispose();
    }
}
