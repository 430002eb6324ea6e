using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Sallyport.Gateway.Screen.Rfb;
using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Gateway.Screen.Rfb.Viewers;

namespace Sallyport.Gateway.Tests.Screen;

/// <summary>Serves a shadow to viewers over TCP, as a session does over WebSockets.</summary>
internal sealed class ViewerHost : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ScreenShadow _screen;
    private readonly Task _serving;

    public ViewerHost(ScreenShadow screen)
    {
        _screen = screen;
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public ConcurrentQueue<ViewerEvent> Events { get; } = new();

    public RfbViewer? Viewer { get; private set; }

    public async Task<Stream> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        return client.GetStream();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        try
        {
            await _serving;
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // Stopped.
        }

        _end.Dispose();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            using var client = await _listener.AcceptTcpClientAsync(_end.Token);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
            await using var viewer = await RfbViewer.AcceptAsync(client.GetStream(), _screen, new RfbViewerOptions { Name = "Filler panel" }, TimeProvider.System, _end.Token);
            Viewer = viewer;
            Task[] loops = [viewer.SendUpdatesAsync(either.Token), ReadAsync(viewer, either.Token)];
            var ended = await Task.WhenAny(loops);
            await either.CancelAsync();
            await Task.WhenAll(loops).ContinueWith(_ => { }, TaskScheduler.Default);
            try
            {
                await ended;
            }
            catch (Exception e) when (e is IOException or RfbFailureException { Failure.Kind: RfbFailureKind.Closed })
            {
                // It hung up.
            }
        }
    }

    private async Task ReadAsync(RfbViewer viewer, CancellationToken cancellationToken)
    {
        while (true)
        {
            Events.Enqueue(await viewer.ReadAsync(cancellationToken));
        }
    }
}
