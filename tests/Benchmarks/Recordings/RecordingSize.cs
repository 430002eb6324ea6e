using System.Globalization;
using Sallyport.Recording;

namespace Sallyport.Benchmarks.Recordings;

/// <summary>How large a recording is for each megabyte that the terminal showed, against asciicast v2, the usual form, which is neither compressed nor sealed.</summary>
internal sealed class RecordingSize : IBenchmark
{
    public string Name => "size";

    public async Task<IReadOnlyList<Row>> RunAsync(CancellationToken cancellationToken) =>
    [
        await MeasureAsync("a log scrolling by, 20 lines/s for 1 h", TerminalText.LogLines(new Random(1)).Select(line => (TimeSpan.FromMilliseconds(50), line)), TimeSpan.FromHours(1), cancellationToken),
        await MeasureAsync("a full screen redrawn every 2 s for 8 h", TerminalText.Redraws(new Random(1)).Select(screen => (TimeSpan.FromSeconds(2), screen)), TimeSpan.FromHours(8), cancellationToken),
        await MeasureAsync("a large log printed at once, 100 MB in 1 s", TerminalText.LogLines(new Random(1)).Chunk(160).Select(lines => (TimeSpan.FromMicroseconds(140), (byte[])[.. lines.SelectMany(line => line)])), TimeSpan.FromSeconds(1), cancellationToken),
    ];

    private static async Task<Row> MeasureAsync(string what, IEnumerable<(TimeSpan, byte[])> stream, TimeSpan length, CancellationToken cancellationToken)
    {
        using var recorded = await RecordedStream.CreateAsync(stream, length, null, cancellationToken);
        await using var file = recorded.Open();
        using var reader = await RecordingReader.OpenAsync(file, recorded.Key, cancellationToken);
        await using var asciicast = new CountingStream();
        await AsciicastExporter.ExportAsync(reader, asciicast, cancellationToken);
        var megabytes = recorded.OutputLength / 1e6;
        return new Row(
            $"recording of {what}",
            PerMegabyte(recorded.FileLength),
            $"asciicast {PerMegabyte(asciicast.Length)}",
            string.Create(CultureInfo.InvariantCulture, $"{100.0 * recorded.FileLength / asciicast.Length:0} %"));

        string PerMegabyte(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1000.0 / megabytes:0} kB/MB");
    }

    private sealed class CountingStream : Stream
    {
        private long _length;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _length;

        public override long Position { get => _length; set => throw new NotSupportedException(); }

        public override void Write(byte[] buffer, int offset, int count) => _length += count;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _length += buffer.Length;
            return ValueTask.CompletedTask;
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
