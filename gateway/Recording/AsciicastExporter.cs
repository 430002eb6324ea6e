using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Sallyport.Recording;

/// <summary>Writes a terminal recording as asciicast v2 (one JSON value a line), which asciinema plays.</summary>
public static class AsciicastExporter
{
    private const int DefaultColumns = 80;
    private const int DefaultRows = 24;

    public static async Task ExportAsync(RecordingReader reader, Stream output, CancellationToken cancellationToken)
    {
        var header = reader.Header;
        var (columns, rows) = await FirstSizeAsync(reader, cancellationToken);
        await WriteLineAsync(output, new
        {
            version = 2,
            width = columns,
            height = rows,
            timestamp = header.StartedAt.ToUnixTimeSeconds(),
            title = $"{header.User.Name} on {header.Asset.Name}, {header.Plant.Name}: {header.Purpose}",
            env = new { TERM = "xterm-256color", SHELL = "/bin/sh" },
        }, cancellationToken);

        // A character may be split across events; the decoder keeps its first bytes until the rest comes.
        var decoder = Encoding.UTF8.GetDecoder();
        var characters = new char[8192];
        var last = TimeSpan.Zero;
        await foreach (var entry in reader.ReadAsync(TimeSpan.Zero, cancellationToken))
        {
            switch (entry.Kind)
            {
                case RecordingEventKind.Output:
                    for (var rest = entry.Payload; !rest.IsEmpty;)
                    {
                        decoder.Convert(rest.Span, characters, flush: false, out var used, out var count, out _);
                        rest = rest[used..];
                        if (count > 0)
                        {
                            await WriteLineAsync(output, new object[] { Seconds(entry.At), "o", new string(characters, 0, count) }, cancellationToken);
                        }
                    }

                    break;
                case RecordingEventKind.Resize when entry.Payload.Length == 4:
                    await WriteLineAsync(output, new object[] { Seconds(entry.At), "r", $"{Number(entry.Payload, 0)}x{Number(entry.Payload, 2)}" }, cancellationToken);
                    break;
                case RecordingEventKind.Marker:
                    await WriteLineAsync(output, new object[] { Seconds(entry.At), "m", Encoding.UTF8.GetString(entry.Payload.Span) }, cancellationToken);
                    break;
            }

            last = entry.At;
        }

        // What began a character that never came.
        if (decoder.GetChars([], characters, flush: true) is > 0 and var left)
        {
            await WriteLineAsync(output, new object[] { Seconds(last), "o", new string(characters, 0, left) }, cancellationToken);
        }
    }

    private static async Task<(int Columns, int Rows)> FirstSizeAsync(RecordingReader reader, CancellationToken cancellationToken)
    {
        await foreach (var entry in reader.ReadAsync(TimeSpan.Zero, cancellationToken))
        {
            if (entry.Kind == RecordingEventKind.Resize && entry.Payload.Length == 4)
            {
                return (Number(entry.Payload, 0), Number(entry.Payload, 2));
            }

            if (entry.Kind == RecordingEventKind.Output)
            {
                break;
            }
        }

        return (DefaultColumns, DefaultRows);
    }

    private static int Number(ReadOnlyMemory<byte> payload, int at) => BinaryPrimitives.ReadUInt16LittleEndian(payload.Span[at..]);

    private static double Seconds(TimeSpan at) => Math.Round(at.TotalSeconds, 6);

    private static async Task WriteLineAsync<T>(Stream output, T line, CancellationToken cancellationToken) =>
        await output.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(line), (byte)'\n'], cancellationToken);
}
