using System.Security.Cryptography;
using Sallyport.Benchmarks.Rig;
using Sallyport.Recording;

namespace Sallyport.Benchmarks.Recordings;

/// <summary>A recording made by the real writer from made-up output, hours in seconds: its clock is told how much later each piece came.</summary>
internal sealed class RecordedStream : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"sallyport-bench-{Guid.NewGuid():N}.sprec");

    private RecordedStream(ECDiffieHellman key) => Key = key;

    /// <summary>What opens it.</summary>
    public ECDiffieHellman Key { get; }

    public long OutputLength { get; private set; }

    public long FileLength => new FileInfo(_path).Length;

    /// <param name="snapshotEvery">How much time lies between snapshots of the screen; null: there are none.</param>
    public static async Task<RecordedStream> CreateAsync(IEnumerable<(TimeSpan After, byte[] Output)> stream, TimeSpan length, TimeSpan? snapshotEvery, CancellationToken cancellationToken)
    {
        var recorded = new RecordedStream(ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256));
        using var gatewayKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var time = new ScriptedTime();
        var nobody = new Party(Guid.Empty, "Benchmark");
        var header = new RecordingHeader(Guid.NewGuid(), Guid.Empty, nobody, nobody, nobody, nobody, "ssh", nobody, "benchmark", "A benchmark", null, null, time.GetUtcNow(), time.GetUtcNow() + length);
        var recipient = new RecordingRecipient("benchmark", System.Buffers.Text.Base64Url.EncodeToString(recorded.Key.ExportSubjectPublicKeyInfo()));
        await using var writer = await RecordingWriter.CreateAsync(recorded._path, header, recipient, gatewayKey, time, cancellationToken);
        var snapshotAt = TimeSpan.Zero;
        foreach (var (after, output) in stream)
        {
            time.Now += after;
            if (time.Now >= length)
            {
                break;
            }

            if (snapshotEvery is { } every && time.Now >= snapshotAt)
            {
                await writer.WriteAsync(RecordingEventKind.Snapshot, output, cancellationToken);
                snapshotAt += every;
            }

            await writer.WriteAsync(RecordingEventKind.Output, output, cancellationToken);
            recorded.OutputLength += output.Length;
        }

        await writer.SealAsync("user", cancellationToken);
        return recorded;
    }

    public FileStream Open() => new(_path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.Asynchronous);

    public void Dispose()
    {
        File.Delete(_path);
        Key.Dispose();
    }
}
