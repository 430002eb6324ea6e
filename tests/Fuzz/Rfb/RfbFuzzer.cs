using System.Diagnostics;
using Sallyport.Gateway.Screen.Rfb;
using Sallyport.Gateway.Screen.Rfb.Asset;
using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Gateway.Screen.Rfb.Viewers;
using Sallyport.Recording.Screen;

namespace Sallyport.Fuzz.Rfb;

/// <summary>
/// Gives spoilt traces to the client, spoilt messages to the viewer's side, and spoilt payloads to the playback. Each may fail with a
/// message or be content; anything else, too much time, or too much memory is a finding, and so is a trace that is right and is refused.
/// </summary>
internal sealed class RfbFuzzer(int seed) : IFuzzer
{
    private const long MemoryLimit = 64 * 1024 * 1024;

    // Generous, for a machine that others use too; a step takes about a millisecond.
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

    // Many changes of size in a trace would be counted as memory, although each replaces the one before.
    private static readonly RfbClientOptions Options = new() { Password = "secret", UserName = "user", UpdateInterval = TimeSpan.Zero, MaxPixels = 128 * 128 };

    private readonly Random _random = new(seed);
    private readonly Dictionary<RfbFailureKind, int> _ends = [];

    public int Steps { get; private set; }

    public string Summary => $"{Steps} inputs; ended by {string.Join(", ", _ends.OrderByDescending(e => e.Value).Select(e => $"{e.Key} {e.Value}"))}";

    public async ValueTask<FuzzFinding?> StepAsync()
    {
        Steps++;
        var trace = AssetTrace.Create(_random);
        var whole = trace.Bytes;
        var (input, right) = _random.Next(3) == 0
            ? (whole, trace.IsRight)
            : (Mutator.Mutate(whole, AssetTrace.Create(_random).Bytes, trace.Places, _random), false);
        var (clock, allocated) = (Stopwatch.StartNew(), GC.GetTotalAllocatedBytes());
        string? wrong;
        try
        {
            wrong = await ReadAssetAsync(input, right) ?? await ReadViewerAsync(input) ?? Play(input);
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

    private async Task<string?> ReadAssetAsync(byte[] input, bool right)
    {
        try
        {
            await using var client = await RfbClient.ConnectAsync(new ReplayStream(input, _random), Options, TimeProvider.System, CancellationToken.None);
            using var subscription = client.Screen.Subscribe();
            List<ScreenRect> damage = [];
            while (true)
            {
                await client.ReadAsync(CancellationToken.None);
                var frame = subscription.Take(damage).Frame;
                if (damage.Exists(a => a.X < 0 || a.Y < 0 || a.Width <= 0 || a.Height <= 0 || a.Right > frame.Width || a.Bottom > frame.Height))
                {
                    return "Damage is outside the screen.";
                }

                if (Enumerable.Range(0, frame.Height).Any(y => frame.Row(y).ContainsAnyExceptInRange(ScreenFrame.Opaque, uint.MaxValue)))
                {
                    return "A pixel is not opaque.";
                }
            }
        }
        catch (RfbFailureException e)
        {
            // A trace ends; one that is right ends between two messages.
            _ends[e.Failure.Kind] = _ends.GetValueOrDefault(e.Failure.Kind) + 1;
            return right && e.Failure.Message != "The connection was closed during the session." ? $"A trace that is right was refused: {e.Failure.Message}" : null;
        }
    }

    private async Task<string?> ReadViewerAsync(byte[] noise)
    {
        var screen = new ScreenShadow(64, 48);
        byte[] input = [.. "RFB 003.008\n"u8, 1, 1, .. Mutator.Mutate(ViewerTrace(), noise is [] ? [0] : noise, [0], _random)];
        try
        {
            await using var viewer = await RfbViewer.AcceptAsync(new ReplayStream(input, _random), screen, new RfbViewerOptions { Name = "Panel" }, TimeProvider.System, CancellationToken.None);
            using var end = new CancellationTokenSource();
            var sending = viewer.SendUpdatesAsync(end.Token);
            try
            {
                while (true)
                {
                    await viewer.ReadAsync(CancellationToken.None);
                }
            }
            finally
            {
                await end.CancelAsync();
                await Task.WhenAny(sending);
                if (sending.IsFaulted && sending.Exception.InnerException is not RfbFailureException)
                {
                    await sending;
                }
            }
        }
        catch (RfbFailureException)
        {
        }

        return null;
    }

    private byte[] ViewerTrace()
    {
        List<byte> bytes = [];
        for (var messages = 1 + _random.Next(12); messages > 0; messages--)
        {
            bytes.AddRange(_random.Next(14) switch
            {
                0 => [0, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 0, 8, 16, 0, 0, 0],
                1 => [2, 0, 0, 3, 0, 0, 0, 16, 255, 255, 254, 200, 255, 255, 254, 199],
                2 or 3 => [3, (byte)_random.Next(2), 0, 0, 0, 0, 0, 64, 0, 48],
                4 => [4, 1, 0, 0, 0, 0, 0, 97],
                5 => [5, 1, 0, 10, 0, 10],
                6 => [6, 0, 0, 0, 0, 0, 0, 2, 65, 66],
                7 => [150, 1, 0, 0, 0, 0, 0, 64, 0, 48],
                8 => [248, 0, 0, 0, (byte)(_random.Next(2) << 7), 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1],
                9 => [251, 0, 0, 64, 0, 48, 1, 0, .. new byte[16]],
                10 => [2, 0, 0, 1, 0xC0, 0xA1, 0xE5, 0xCE],
                11 => [6, 0, 0, 0, 255, 255, 255, 252, (byte)(1 << _random.Next(5)), 0, 0, 1],
                12 => [6, 0, 0, 0, 255, 255, 255, 237, 16, 0, 0, 1, 120, 156, 99, 96, 96, 96, 118, 116, 98, 0, 0, 1, 90, 0, 135],
                _ => (byte[])[255, 0, 0, 1, 0, 0, 0, 97, 0, 0, 0, 30],
            });
        }

        return [.. bytes];
    }

    private string? Play(byte[] noise)
    {
        var screen = new ScreenShadow(1 + _random.Next(100), 1 + _random.Next(100));
        var payload = ScreenRecord.KeyframeOf(screen.Frame).First();
        try
        {
            var playback = new ScreenPlayback(Options.MaxPixels);
            playback.Apply(payload);
            var spoilt = Mutator.Mutate(payload, noise is [] ? [0] : noise, [0], _random);
            _ = ScreenHead.Read(spoilt);
            playback.Apply(spoilt);
        }
        catch (InvalidDataException)
        {
        }

        return null;
    }
}
