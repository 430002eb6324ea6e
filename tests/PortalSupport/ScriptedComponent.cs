using System.Collections.Concurrent;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Overlay;

namespace Sallyport.Portal.Tests.Support;

/// <summary>The far end of a control link, as a gateway or hub keeps it: enrolled by code, with its own key, reading the portal's events.</summary>
public abstract class ScriptedComponent : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sallyport-component-");
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource _stop = new();
    private Task _reading = Task.CompletedTask;

    protected ScriptedComponent(PortalInstance portal) => Client = new LinkClient(portal.Url, null, _folder.FullName, portal.Services.GetRequiredService<TimeProvider>());

    public LinkClient Client { get; }

    /// <summary>Its data folder.</summary>
    public string Folder => _folder.FullName;

    public Guid Id => Client.Component!.ComponentId;

    /// <summary>Every event so far, in order.</summary>
    public ConcurrentQueue<(string Name, string Data)> Events { get; } = new();

    public async Task DisconnectAsync()
    {
        await _stop.CancelAsync();
        await _reading;
    }

    /// <summary>Waits for the event, for 10 s at most.</summary>
    public async Task<T> EventAsync<T>(string name, Func<T, bool>? which = null)
    {
        for (var i = 0; i < 200; i++)
        {
            foreach (var (_, data) in Events.Where(e => e.Name == name))
            {
                if (Read<T>(data) is var found && which?.Invoke(found) != false)
                {
                    return found;
                }
            }

            await Task.Delay(50);
        }

        throw new TimeoutException($"No such event {name} came; there were: {string.Join(", ", Events.Select(e => e.Name))}.");
    }

    public async ValueTask DisposeAsync()
    {
        await DisconnectAsync();
        Client.Dispose();
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    protected static T Read<T>(string data) => JsonSerializer.Deserialize<T>(data, LinkJson.Options)!;

    protected async Task ConnectAsync(string route)
    {
        _stop = new CancellationTokenSource();
        var stream = await Client.OpenEventsAsync(route, _stop.Token);
        _reading = Task.Run(() => ReadAsync(stream, _stop.Token));
        await _connected.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    protected virtual Task AnswerAsync(string name, string data) => Task.CompletedTask;

    protected static async Task<string> CodeAsync(PortalInstance portal, EnrollmentKind kind) =>
        await portal.Services.GetRequiredService<Enrollment>().NewCodeAsync(kind, Guid.CreateVersion7(), $"test {kind}", CancellationToken.None);

    private async Task ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellationToken))
            {
                Events.Enqueue((item.EventType, item.Data));
                await AnswerAsync(item.EventType, item.Data);
                _connected.TrySetResult();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException)
        {
            // Disconnected.
        }
    }
}

/// <summary>A gateway that redeems tickets when a test says so.</summary>
public sealed class ScriptedGateway(PortalInstance portal) : ScriptedComponent(portal)
{
    public static async Task<ScriptedGateway> ConnectAsync(PortalInstance portal, string overlayAddress = "10.0.0.2")
    {
        var gateway = new ScriptedGateway(portal);
        await gateway.Client.EnrollAsync(await CodeAsync(portal, EnrollmentKind.Gateway), new GatewayInfo("http://gateway.test", overlayAddress), null, CancellationToken.None);
        await gateway.ReconnectAsync();
        return gateway;
    }

    public Task ReconnectAsync() => ConnectAsync(GatewayRoutes.Events);

    public async Task<(SessionSpec? Order, LinkError? Error)> RedeemAsync(string ticket) =>
        await Client.AskAsync<TicketRedemption, SessionSpec>(GatewayRoutes.Redeem, new TicketRedemption(ticket, "192.0.2.7"), CancellationToken.None);

    public Task ReportAsync<T>(string route, Guid sessionId, T body) => Client.PostAsync(GatewayRoutes.OfSession(route, sessionId), body, CancellationToken.None);

    /// <summary>Answers the first scan that the portal asks for after so many events.</summary>
    /// <returns>What was asked.</returns>
    public async Task<HostKeyScan> AnswerScanAsync(int after, HostKeyScanResult result)
    {
        var data = await Eventually.FindsAsync("the portal asks for a scan", () => Events.Skip(after).FirstOrDefault(e => e.Name == GatewayEvent.HostKeyScan).Data);
        var scan = Read<HostKeyScan>(data);
        await Client.PostAsync(GatewayRoutes.Scans.Replace("{id}", scan.ScanId.ToString(), StringComparison.Ordinal), result, CancellationToken.None);
        return scan;
    }

    public async Task<SessionsToEnd> SyncAsync(params Guid[] running) =>
        (await Client.AskAsync<RunningSessions, SessionsToEnd>(GatewayRoutes.Sync, new RunningSessions(running), CancellationToken.None)).Answer!;
}

/// <summary>A hub that acknowledges every order; <see cref="Refuse"/> makes it refuse to open paths.</summary>
public sealed class ScriptedHub(PortalInstance portal) : ScriptedComponent(portal)
{
    /// <summary>What it says to the next paths; null: it opens them.</summary>
    public string? Refuse { get; set; }

    /// <summary>What is open, as the portal ordered it.</summary>
    public ConcurrentDictionary<Guid, PathConfig> Paths { get; } = new();

    public static async Task<ScriptedHub> ConnectAsync(PortalInstance portal)
    {
        var hub = new ScriptedHub(portal);
        var facts = new HubInfo(Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32)), "192.0.2.1:51820");
        await hub.Client.EnrollAsync(await CodeAsync(portal, EnrollmentKind.Hub), null, facts, CancellationToken.None);
        await hub.ReconnectAsync();
        return hub;
    }

    public Task ReconnectAsync() => ConnectAsync(HubRoutes.Events);

    protected override async Task AnswerAsync(string name, string data)
    {
        switch (name)
        {
            case HubEvent.State:
                var state = Read<HubState>(data);
                Paths.Clear();
                foreach (var path in state.Paths)
                {
                    Paths[path.PathId] = path;
                }

                await AckAsync(state.Command, null);
                break;
            case HubEvent.OpenPath:
                var order = Read<PathConfig>(data);
                if (Refuse is null)
                {
                    Paths[order.PathId] = order;
                }

                await AckAsync(order.Command, Refuse);
                break;
            case HubEvent.ClosePath:
                var closure = Read<PathClosure>(data);
                Paths.TryRemove(closure.PathId, out _);
                await AckAsync(closure.Command, null);
                break;
            case HubEvent.SetPeer:
                await AckAsync(Read<PeerConfig>(data).Command, null);
                break;
            case HubEvent.RemovePeer:
                await AckAsync(Read<PeerRemoval>(data).Command, null);
                break;
        }
    }

    private Task AckAsync(Guid command, string? error) => Client.PostAsync(HubRoutes.Acks, new HubAck(command, error, 1), CancellationToken.None);
}
