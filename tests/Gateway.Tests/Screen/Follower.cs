using Sallyport.Gateway.Screen.Rfb;
using Sallyport.Gateway.Screen.Rfb.Asset;

namespace Sallyport.Gateway.Tests.Screen;

/// <summary>Reads from an asset all the time, as a session does.</summary>
internal sealed class Follower : IAsyncDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _end = new();
    private readonly Task _reading;

    private Follower(RfbClient client)
    {
        Client = client;
        _reading = ReadAsync();
    }

    public RfbClient Client { get; }

    public List<RfbEvent> Events { get; } = [];

    public static async Task<Follower> ConnectAsync(Stream stream, RfbClientOptions? options = null) =>
        new(await RfbClient.ConnectAsync(stream, options ?? new RfbClientOptions(), TimeProvider.System, CancellationToken.None));

    /// <summary>Waits until the shadow has what the X server says that it shows.</summary>
    public async Task ShowsAsync(XServer server, string because)
    {
        for (var end = DateTime.UtcNow + Longest; ; await Task.Delay(100))
        {
            var (width, height, expected) = await server.ScreenshotAsync();
            var frame = Client.Screen.Frame;
            if ((frame.Width, frame.Height) == (width, height) && frame.Pixels.AsSpan().SequenceEqual(expected))
            {
                return;
            }

            if (_reading.IsCompleted)
            {
                await _reading;
            }

            if (DateTime.UtcNow > end)
            {
                var wrong = Enumerable.Range(0, Math.Min(expected.Length, frame.Pixels.Length)).Where(i => expected[i] != frame.Pixels[i]).ToList();
                var first = wrong.FirstOrDefault();
                Assert.Fail($"{because}: {frame.Width} × {frame.Height} instead of {width} × {height}; {wrong.Count} pixels differ, the first at {first % width}, {first / width}: {frame.Pixels[first]:X8} instead of {expected[first]:X8}.");
            }
        }
    }

    public async Task UntilAsync(Func<Follower, bool> condition, string because)
    {
        await Eventually.HoldsAsync(
            because,
            async () =>
            {
                if (condition(this))
                {
                    return true;
                }

                // What ended it says more than that it did not come to hold.
                if (_reading.IsCompleted)
                {
                    await _reading;
                }

                return false;
            });
    }

    /// <summary>What ends the connection.</summary>
    public async Task<RfbFailure> FailureAsync() => (await Assert.ThrowsAsync<RfbFailureException>(() => _reading.WaitAsync(Longest))).Failure;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _reading.ContinueWith(_ => { }, TaskScheduler.Default);
        await Client.DisposeAsync();
        _end.Dispose();
    }

    private async Task ReadAsync()
    {
        while (true)
        {
            var read = await Client.ReadAsync(_end.Token);
            lock (Events)
            {
                Events.Add(read);
            }
        }
    }
}
