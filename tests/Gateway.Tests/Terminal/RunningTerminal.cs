using System.Buffers.Text;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Link;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Terminal;
using Sallyport.Gateway.Terminal.Ssh;
using Sallyport.Gateway.Tests.Sessions;
using Sallyport.Gateway.Web;
using Sallyport.Recording;

namespace Sallyport.Gateway.Tests.Terminal;

/// <summary>A recorded session on a real sshd under a clock that can be put forward, and what a browser on it is told.</summary>
internal sealed class RunningTerminal : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sallyport-terminal").FullName;
    private readonly ECDsa _gatewayKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDiffieHellman _keyEncryptionKey = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
    private readonly CancellationTokenSource _closed = new();
    private readonly ConcurrentQueue<(byte Type, byte[] Body)> _messages = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private WebSocket? _gatewaySide;
    private WebSocket? _browserSide;
    private Task _loops = Task.CompletedTask;
    private long _typed;

    public ShiftedTime Time { get; } = new();

    public TerminalSession Session { get; private set; } = null!;

    public RecordingWriter Recording { get; private set; } = null!;

    private string RecordingPath => Path.Combine(_folder, "session.sprec");

    public static async Task<RunningTerminal> StartAsync(SshServer asset, TimeSpan window, TimeSpan idle = default)
    {
        var terminal = new RunningTerminal();
        await terminal.ConnectAsync(asset.Port, asset.HostKey, new AssetCredential("root", null, asset.PrivateKey), window, idle, null);
        return terminal;
    }

    /// <summary>On an asset that others wrote: with what it asks at sign-in, or is allowed.</summary>
    public static async Task<RunningTerminal> StartAsync(SshPeer asset, AssetCredential credential, AskTechnician? ask = null, IReadOnlyList<string>? legacy = null)
    {
        var terminal = new RunningTerminal();
        await terminal.ConnectAsync(asset.Port, asset.HostKey, credential, TimeSpan.FromHours(1), default, ask, legacy);
        return terminal;
    }

    /// <summary>Waits for the next message of that type that the browser gets.</summary>
    public async Task<T> NextAsync<T>(byte type, Func<T, bool>? which = null)
        where T : class
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            await _arrived.WaitAsync(timeout.Token);
            if (_messages.TryDequeue(out var message) && message.Type == type && SessionMessages.Read<T>(message.Body) is { } body && which?.Invoke(body) != false)
            {
                return body;
            }
        }
    }

    public async Task TypeAsync(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        _typed = await Session.InputAsync(_typed, bytes, CancellationToken.None) ?? throw new InvalidOperationException("A gap in the input.");
    }

    /// <summary>After the end: every marker that the recording holds.</summary>
    public async Task<IReadOnlyList<string>> MarkersAsync()
    {
        await Session.Completion;
        await using var file = File.OpenRead(RecordingPath);
        using var reader = await RecordingReader.OpenAsync(file, _keyEncryptionKey, CancellationToken.None);
        var markers = new List<string>();
        await foreach (var entry in reader.ReadAsync(TimeSpan.Zero, CancellationToken.None))
        {
            if (entry.Kind == RecordingEventKind.Marker)
            {
                markers.Add(Encoding.UTF8.GetString(entry.Payload.Span));
            }
        }

        return markers;
    }

    public async ValueTask DisposeAsync()
    {
        Session.End(SessionEndReason.User, "The test is over.");
        await Session.Completion;
        await _closed.CancelAsync();
        await _loops;
        _browserSide?.Dispose();
        _gatewaySide?.Dispose();
        _closed.Dispose();
        _arrived.Dispose();
        _gatewayKey.Dispose();
        _keyEncryptionKey.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task ConnectAsync(int port, string hostKey, AssetCredential credential, TimeSpan window, TimeSpan idle, AskTechnician? ask, IReadOnlyList<string>? legacy = null)
    {
        var party = new PartyName(Guid.NewGuid(), "Edge box");
        var spki = Base64Url.EncodeToString(_keyEncryptionKey.ExportSubjectPublicKeyInfo());
        var order = new SessionSpec(
            Guid.NewGuid(), Guid.NewGuid(), party, party, party, party, ServiceKind.Ssh, "127.0.0.1", port, credential,
            hostKey, "Level too low", null, null, Time.GetUtcNow() + window, (int)idle.TotalSeconds, 60, new RecordingKeySpec("kek", spki, "session.sprec"), LegacySsh: legacy);
        var recorded = new Party(party.Id, party.Name);
        Recording = await RecordingWriter.CreateAsync(
            RecordingPath,
            new RecordingHeader(order.SessionId, order.TenantId, recorded, recorded, recorded, recorded, "ssh", recorded, "key", order.Purpose, null, null, Time.GetUtcNow(), order.EndsAt),
            new RecordingRecipient("kek", spki),
            _gatewayKey,
            Time,
            CancellationToken.None);
        var registry = new SessionRegistry();
        Session = await TerminalSession.ConnectAsync(new SessionContext(order, Recording, Unlinked(registry), registry, Time), 80, 24, ask, CancellationToken.None);
        registry.Add(Session);

        var (toBrowser, toGateway) = (new Pipe(), new Pipe());
        _gatewaySide = WebSocket.CreateFromStream(new DuplexStream(toGateway.Reader, toBrowser.Writer), new WebSocketCreationOptions { IsServer = true });
        _browserSide = WebSocket.CreateFromStream(new DuplexStream(toBrowser.Reader, toGateway.Writer), new WebSocketCreationOptions());
        var browser = new BrowserConnection(_gatewaySide, _closed);
        _loops = Task.WhenAll(browser.SendLoopAsync(), ReceiveAsync(_browserSide));
        browser.Send(SessionMessages.Json(SessionMessages.Opened, Session.Attach(browser, 0)));
        Session.Start();
    }

    private async Task ReceiveAsync(WebSocket socket)
    {
        var buffer = new byte[1 << 20];
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory(), _closed.Token) is { MessageType: WebSocketMessageType.Binary } received)
            {
                _messages.Enqueue((buffer[0], buffer[1..received.Count]));
                _arrived.Release();
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    // Never dialled: what the session reports waits in it.
    private PortalLink Unlinked(SessionRegistry registry)
    {
        var options = new GatewayOptions { PortalUrl = "https://portal.test", Url = "https://gateway.test", OverlayAddress = "127.0.0.1", DataFolder = _folder, RecordingStore = _folder };
        return new PortalLink(
            Options.Create(options),
            new GatewayAddresses(options.Url, options.OverlayAddress, null),
            new LinkClient(options.PortalUrl, null, _folder, Time),
            new PortalCommands(registry, []),
            Time,
            NullLogger<PortalLink>.Instance,
            new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance));
    }
}
