using System.Net.ServerSentEvents;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Sallyport.Contracts.Links;
using Sallyport.Hub.Firewall;
using Sallyport.Hub.WireGuard;

namespace Sallyport.Hub.Link;

/// <summary>Keeps the control link up and does what comes over it. While it is down, everything stays as it is; paths end by the kernel's timeout.</summary>
public sealed partial class PortalLink(
    IOptions<HubOptions> options,
    LinkClient client,
    WireGuardDevice device,
    PathFirewall firewall,
    HubOrders orders,
    TimeProvider time,
    ILogger<PortalLink> log,
    IHostApplicationLifetime lifetime) : BackgroundService
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(45);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // Closed before there is anything to close: the table first, the interface after it.
            await firewall.EnsureAsync(stoppingToken);
            var publicKey = await device.PublicKeyAsync(stoppingToken);
            await device.UpAsync(stoppingToken);
            await RunAsync(publicKey, stoppingToken);
        }
        catch (Exception e) when (e is CommandException or InvalidOperationException)
        {
            Log.CannotRun(log, e.Message);
            lifetime.StopApplication();
        }
    }

    private async Task RunAsync(string publicKey, CancellationToken stoppingToken)
    {
        var delay = TimeSpan.FromMilliseconds(200);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (client.Component is null)
                {
                    await client.EnrollAsync(options.Value.EnrollmentCode, null, new HubFacts(publicKey, options.Value.Endpoint), stoppingToken);
                }

                await ReadEventsAsync(() => delay = TimeSpan.FromMilliseconds(200), stoppingToken);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or JsonException or OperationCanceledException && !stoppingToken.IsCancellationRequested)
            {
                Log.LinkLost(log, e.Message);
            }

            await Task.Delay(delay * (0.5 + Random.Shared.NextDouble()), time, stoppingToken);
            delay = TimeSpan.FromSeconds(Math.Min(delay.TotalSeconds * 2, 5));
        }
    }

    private async Task ReadEventsAsync(Action connected, CancellationToken stoppingToken)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        silence.CancelAfter(Silence);
        await using var stream = await client.OpenEventsAsync(HubRoutes.Events, silence.Token);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(silence.Token))
        {
            silence.CancelAfter(Silence);
            switch (item.EventType)
            {
                case HubEvent.State:
                    var state = Read<HubState>(item.Data);
                    await DoAsync(state.Command, () => orders.ConvergeAsync(state, stoppingToken), stoppingToken);
                    connected();
                    Log.LinkUp(log, state.Peers.Count, state.Paths.Count);
                    break;
                case HubEvent.SetGateways:
                    var list = Read<GatewayList>(item.Data);
                    await DoAsync(list.Command, () => orders.SetGatewaysAsync(list.Gateways, stoppingToken), stoppingToken);
                    break;
                case HubEvent.SetPeer:
                    var peer = Read<PeerOrder>(item.Data);
                    await DoAsync(peer.Command, () => orders.SetPeerAsync(peer, stoppingToken), stoppingToken);
                    break;
                case HubEvent.RemovePeer:
                    var removal = Read<PeerRemoval>(item.Data);
                    await DoAsync(removal.Command, () => orders.RemovePeerAsync(removal.PublicKey, stoppingToken), stoppingToken);
                    break;
                case HubEvent.OpenPath:
                    var path = Read<PathOrder>(item.Data);
                    await DoAsync(path.Command, () => orders.OpenPathAsync(path, stoppingToken), stoppingToken);
                    break;
                case HubEvent.ClosePath:
                    var closure = Read<PathClosure>(item.Data);
                    await DoAsync(closure.Command, () => orders.ClosePathAsync(closure.PathId, stoppingToken), stoppingToken);
                    break;
            }
        }
    }

    private async Task DoAsync(Guid command, Func<Task> order, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        string? error = null;
        try
        {
            await order();
        }
        catch (CommandException e)
        {
            error = e.Message;
            Log.OrderFailed(log, e.Message);
        }

        await client.PostAsync(HubRoutes.Acks, new HubAck(command, error, time.GetElapsedTime(started).TotalMilliseconds), cancellationToken);
    }

    private static T Read<T>(string data) => JsonSerializer.Deserialize<T>(data, LinkJson.Options) ?? throw new JsonException("An event without data.");

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Critical, Message = "The hub cannot run: {Message}")]
        public static partial void CannotRun(ILogger logger, string message);

        [LoggerMessage(Level = LogLevel.Information, Message = "The control link is up: {Peers} peers, {Paths} paths")]
        public static partial void LinkUp(ILogger logger, int peers, int paths);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The control link is down, trying again: {Reason}")]
        public static partial void LinkLost(ILogger logger, string reason);

        [LoggerMessage(Level = LogLevel.Error, Message = "An order could not be carried out: {Reason}")]
        public static partial void OrderFailed(ILogger logger, string reason);
    }
}
