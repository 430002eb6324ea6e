namespace Sallyport.Recording.Screen;

/// <summary>Where in a screen's recording something happened, in equal parts of its time.</summary>
/// <param name="Change">How much of the screen was painted anew, in screens. Keyframes do not count: they say again what is there.</param>
/// <param name="Input">How often a key or a button went down.</param>
public sealed record ScreenActivity(IReadOnlyList<double> Change, IReadOnlyList<int> Input)
{
    /// <exception cref="RecordingException">A chunk was altered.</exception>
    /// <exception cref="InvalidDataException">A screen event is none.</exception>
    public static async Task<ScreenActivity> MeasureAsync(RecordingReader reader, int parts, CancellationToken cancellationToken)
    {
        var (change, input) = (new double[parts], new int[parts]);
        var length = Math.Max(reader.Duration.Ticks, 1);
        var (keyframe, pressed) = (false, false);
        await foreach (var entry in reader.ReadAsync(TimeSpan.Zero, cancellationToken))
        {
            var part = (int)Math.Min(parts - 1, entry.At.Ticks * parts / length);
            switch (entry.Kind)
            {
                case RecordingEventKind.Snapshot or RecordingEventKind.Screen when ScreenHead.Read(entry.Payload.Span) is { } head:
                    keyframe |= head.Begins;
                    change[part] += keyframe ? 0 : (double)head.Area / Math.Max(1, head.Width * head.Height);
                    keyframe &= !head.Ends;
                    break;
                case RecordingEventKind.MaskedInput:
                    input[part]++;
                    break;
                case RecordingEventKind.Input when entry.Payload.Length >= 2:
                    input[part] += IsPress(entry.Payload.Span, ref pressed) ? 1 : 0;
                    break;
            }
        }

        return new ScreenActivity(change, input);
    }

    private static bool IsPress(ReadOnlySpan<byte> input, ref bool pressed)
    {
        var was = pressed;
        return input[0] switch
        {
            ScreenInputRecord.KeyEvent => input[1] != 0,
            ScreenInputRecord.PointerEvent => (pressed = input[1] != 0) && !was,
            _ => false,
        };
    }
}
