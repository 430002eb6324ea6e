using System.Buffers.Text;
using System.Security.Cryptography;
using Sallyport.Recording;
using Sallyport.Recording.Screen;

namespace Sallyport.Tests.Support;

/// <summary>A screen's recording made by the real writer as a test wants it, hours in a moment: its clock is told what time it is.</summary>
public sealed class ScreenScript : IAsyncDisposable
{
    public const uint Background = 0xFF202830;

    private readonly ScriptedTime _time;
    private readonly RecordingWriter _writer;

    private ScreenScript(RecordingWriter writer, ScriptedTime time) => (_writer, _time) = (writer, time);

    public ScreenFrame Frame { get; private set; } = new(1, 1);

    public static async Task<ScreenScript> BeginAsync(string path, RecordingHeader header, ECDiffieHellman recipient, ECDsa gatewayKey)
    {
        var time = new ScriptedTime();
        var key = new RecordingRecipient("kek", Base64Url.EncodeToString(recipient.ExportSubjectPublicKeyInfo()));
        return new ScreenScript(await RecordingWriter.CreateAsync(path, header, key, gatewayKey, time, CancellationToken.None), time);
    }

    /// <summary>What comes next comes then.</summary>
    public ScreenScript At(TimeSpan at)
    {
        _time.Now = at;
        return this;
    }

    public ScreenScript At(double seconds) => At(TimeSpan.FromSeconds(seconds));

    /// <summary>An empty screen of that size, with a keyframe.</summary>
    public async Task ResizeAsync(int width, int height)
    {
        Frame = new ScreenFrame(width, height);
        Frame.Pixels.AsSpan().Fill(Background);
        await KeyframeAsync();
    }

    public async Task KeyframeAsync()
    {
        var kind = RecordingEventKind.Snapshot;
        foreach (var payload in ScreenRecord.KeyframeOf(Frame))
        {
            await WriteAsync(kind, payload);
            kind = RecordingEventKind.Screen;
        }
    }

    /// <summary>Paints without recording it: the next keyframe shows it.</summary>
    public void Paint(ScreenRect area, uint colour)
    {
        for (var y = area.Y; y < area.Bottom; y++)
        {
            Frame.Pixels.AsSpan((y * Frame.Width) + area.X, area.Width).Fill(colour);
        }
    }

    public async Task FillAsync(ScreenRect area, uint colour)
    {
        Paint(area, colour);
        foreach (var payload in ScreenRecord.UpdateOf(Frame, [area]))
        {
            await WriteAsync(RecordingEventKind.Screen, payload);
        }
    }

    public async Task ClickAsync(int x, int y)
    {
        byte[] Pointer(byte buttons) => [ScreenInputRecord.PointerEvent, buttons, (byte)x, (byte)(x >> 8), (byte)y, (byte)(y >> 8)];
        await WriteAsync(RecordingEventKind.Input, Pointer(1));
        await WriteAsync(RecordingEventKind.Input, Pointer(0));
    }

    public ValueTask WriteAsync(RecordingEventKind kind, byte[] payload) => _writer.WriteAsync(kind, payload, CancellationToken.None);

    public Task<RecordingHead> SealAsync() => _writer.SealAsync("user", CancellationToken.None);

    public ValueTask DisposeAsync() => _writer.DisposeAsync();
}
