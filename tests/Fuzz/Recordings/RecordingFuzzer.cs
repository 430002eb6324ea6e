using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics;
using System.Security.Cryptography;
using Sallyport.Recording;
using Sallyport.Recording.Format;

namespace Sallyport.Fuzz.Recordings;

/// <summary>
/// Gives spoilt recordings to the reader, the verifier and the exporter. Each may say that the recording is bad
/// (<see cref="RecordingException"/>, a verdict) or be content; anything else, too much time, or too much memory is a finding,
/// and so is a spoilt file that is called intact.
/// </summary>
internal sealed class RecordingFuzzer : IFuzzer, IDisposable
{
    private const long MemoryLimit = 64 * 1024 * 1024;
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(5);

    private readonly Random _random;
    private readonly ECDsa _gatewayKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDiffieHellman _keyEncryptionKey = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
    private readonly List<(byte[] Bytes, List<int> Places)> _corpus = [];
    private int _read;
    private int _interrupted;

    private RecordingFuzzer(int seed) => _random = new Random(seed);

    public int Steps { get; private set; }

    public string Summary => $"{Steps} inputs, {_read} of them readable, {_interrupted} interrupted";

    public static async Task<RecordingFuzzer> CreateAsync(int seed)
    {
        var fuzzer = new RecordingFuzzer(seed);
        foreach (var chunks in new[] { 0, 1, 3, 12 })
        {
            var bytes = await fuzzer.RecordAsync(chunks);
            fuzzer._corpus.Add((bytes, PlacesOf(bytes)));
        }

        return fuzzer;
    }

    public async ValueTask<FuzzFinding?> StepAsync()
    {
        Steps++;
        var (whole, places) = _corpus[_random.Next(_corpus.Count)];
        var input = Mutator.Mutate(whole, _corpus[_random.Next(_corpus.Count)].Bytes, places, _random);
        var (clock, allocated) = (Stopwatch.StartNew(), GC.GetTotalAllocatedBytes());
        string? wrong;
        try
        {
            wrong = await VerifyAsync(input, whole) ?? await ReadAsync(input) ?? ReadEvents(input);
        }
        catch (Exception e)
        {
            wrong = e.ToString();
        }

        allocated = GC.GetTotalAllocatedBytes() - allocated;
        wrong ??= clock.Elapsed > TimeLimit ? $"It took {clock.Elapsed.TotalSeconds:0.0} s." : null;
        wrong ??= allocated > MemoryLimit ? $"It took {allocated >> 20} MiB." : null;
        return wrong is null ? null : new FuzzFinding(wrong, input);
    }

    public void Dispose()
    {
        _gatewayKey.Dispose();
        _keyEncryptionKey.Dispose();
    }

    private async Task<string?> VerifyAsync(byte[] input, byte[] whole)
    {
        var report = await RecordingVerifier.VerifyAsync(new MemoryStream(input), _gatewayKey, null, _random.Next(2) == 0 ? _keyEncryptionKey : null, CancellationToken.None);
        _interrupted += report.Verdict == Verdict.Interrupted ? 1 : 0;

        // Splicing may make a whole file of the corpus again.
        return report.Verdict == Verdict.Intact && !_corpus.Any(c => input.AsSpan().SequenceEqual(c.Bytes))
            ? $"A spoilt recording of {input.Length} bytes, once {whole.Length}, was called intact."
            : null;
    }

    private async Task<string?> ReadAsync(byte[] input)
    {
        try
        {
            using (await RecordingReader.OpenAsync(new MemoryStream(input), null, CancellationToken.None))
            {
                // Without the key, damage to what it binds is not seen; only the limits hold.
            }

            using var reader = await RecordingReader.OpenAsync(new MemoryStream(input), _keyEncryptionKey, CancellationToken.None);
            var last = TimeSpan.Zero;
            await foreach (var entry in reader.ReadFromSnapshotAsync(reader.Duration / 2, CancellationToken.None))
            {
                if (entry.At < last)
                {
                    return "Events go back in time.";
                }

                last = entry.At;
            }

            await AsciicastExporter.ExportAsync(reader, Stream.Null, CancellationToken.None);
            _read++;
        }
        catch (RecordingException)
        {
        }

        return null;
    }

    // What is sealed cannot be reached by spoiling the file, so events are read from spoilt bytes directly as well.
    private string? ReadEvents(byte[] noise)
    {
        var buffer = new ArrayBufferWriter<byte>();
        for (var i = 0; i < 5; i++)
        {
            EventCodec.Write(buffer, _random.NextInt64(Layout.MaxMicroseconds) >> _random.Next(45), RecordingEventKind.Output, new byte[_random.Next(200)]);
        }

        ReadOnlyMemory<byte> rest = Mutator.Mutate(buffer.WrittenSpan.ToArray(), noise is [] ? [0] : noise, [0], _random);
        var at = _random.NextInt64(Layout.MaxMicroseconds);
        try
        {
            for (var before = at; EventCodec.Read(ref rest, ref at) is { } entry; before = at)
            {
                if (at < before || at > Layout.MaxMicroseconds || entry.At != TimeSpan.FromMicroseconds(at))
                {
                    return $"An event at {at} µs follows one at {before} µs.";
                }
            }
        }
        catch (RecordingException)
        {
        }

        return null;
    }

    private async Task<byte[]> RecordAsync(int chunks)
    {
        var path = Path.Combine(Path.GetTempPath(), $"sallyport-fuzz-{Guid.NewGuid()}.sprec");
        try
        {
            var recipient = new RecordingRecipient("test-kek", Base64Url.EncodeToString(_keyEncryptionKey.ExportSubjectPublicKeyInfo()));
            await using var writer = await RecordingWriter.CreateAsync(path, SampleHeader.Create(Guid.NewGuid()), recipient, _gatewayKey, TimeProvider.System, CancellationToken.None);
            for (var i = 0; i < chunks; i++)
            {
                // A snapshot begins a chunk.
                await writer.WriteAsync(RecordingEventKind.Snapshot, new byte[_random.Next(200)], CancellationToken.None);
                await writer.WriteAsync(RecordingEventKind.Resize, new byte[] { 80, 0, 24, 0 }, CancellationToken.None);
                var output = new byte[_random.Next(300)];
                _random.NextBytes(output);
                await writer.WriteAsync(RecordingEventKind.Output, output, CancellationToken.None);
            }

            await writer.SealAsync("user", CancellationToken.None);
            return await File.ReadAllBytesAsync(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // Where the heads are: those of the file, of each chunk, and the trailer.
    private static List<int> PlacesOf(byte[] bytes)
    {
        var at = Layout.PrefixLength + BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8)) + BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(12));
        List<int> places = [0];
        for (; ChunkHeader.TryRead(bytes.AsSpan(at), out var header); at += Layout.ChunkHeaderLength + header.BodyLength)
        {
            places.Add(at);
        }

        return [.. places, at];
    }
}
