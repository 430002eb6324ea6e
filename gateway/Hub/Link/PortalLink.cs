using System.Text.Json;
using Microsoft.Extensions.Options;
using Sallyport.Contracts.Links;
using Sallyport.Hub.Firewall;
using Sallyport.Hub.WireGuard;

namespace Sallyport.Hub.Link;

/// <summary>Does what comes over the control link. While it is down, everything stays as it is; paths end by the kernel's timeout.</summary>
public sealed partial class PortalLink(
    IOptions<HubOptions> options,
    LinkClient client,
    WireGuardDevice device,
    PathFirewall firewall,
    HubReconciler orders,
    TimeProvider time,
    ILogger<PortalLink> log,
    IHostApplicationLifetime lifetime) : BackgroundService, ILinkEnd
{
    private string _publicKey = "";

    string ILinkEnd.EventsRoute => HubRoutes.Events;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await RequireNamespaceAsync(stoppingToken);

            // Closed before there is anything to close: the table first, the interface after it.
            await firewall.LoadAsync(stoppingToken);
            _publicKey = await device.PublicKeyAsync(stoppingToken);
            await device.UpAsync(stoppingToken);
            await new LinkLoop(client, time).RunAsync(this, stoppingToken);
        }
        catch (Exception e) when (e is CommandException or InvalidOperationException)
        {
            Log.CannotRun(log, e.Message);
            Environment.ExitCode = 1;
            lifetime.StopApplication();
        }
    }

    Task ILinkEnd.EnrollAsync(CancellationToken cancellationToken) =>
        client.EnrollAsync(options.Value.EnrollmentCode, null, new HubInfo(_publicKey, options.Value.Endpoint), cancellationToken);

    /// <summary>Whatever is wrong with an order is told to the portal, and hurts nothing else.</summary>
    async Task ILinkEnd.TakeAsync(string name, string data, CancellationToken cancellationToken)
    {
        if (name == HubEvent.Ping)
        {
            return;
        }

        var started = time.GetTimestamp();
        string? error = null, errorType = null;
        try
        {
            await DoAsync(name, data, cancellationToken);
        }
        catch (Exception e) when (e is CommandRejectedException or CommandException)
        {
            (error, errorType) = (e.Message, e is CommandRejectedException ? "refused" : "command_failed");
            Log.OrderFailed(log, name, error);
        }
        catch (JsonException e)
        {
            errorType = "unreadable";
            error = $"The hub cannot read this order ({name}): {e.Message}";
            Log.OrderFailed(log, name, error);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            errorType = "_OTHER";
            error = $"The hub failed at this order ({name}); its log says more.";
            Log.OrderBroke(log, e, name);
        }

        var elapsed = time.GetElapsedTime(started);
        HubMetrics.Ordered(name, elapsed, errorType);
        if (CommandOf(data) is { } command)
        {
            await client.PostAsync(HubRoutes.Acks, new HubAck(command, error, elapsed.TotalMilliseconds), cancellationToken);
        }
    }

    void ILinkEnd.LinkIsDown(string? reason)
    {
        HubMetrics.LinkIs(false);
        if (reason is not null)
        {
            Log.LinkLost(log, reason);
        }
    }

    private async Task DoAsync(string name, string data, CancellationToken cancellationToken)
    {
        switch (name)
        {
            case HubEvent.State:
                var state = Read<HubState>(data);
                await orders.ConvergeAsync(state, cancellationToken);
                HubMetrics.LinkIs(true);
                Log.LinkUp(log, state.Peers.Count, state.Paths.Count);
                break;
            case HubEvent.SetGateways:
                await orders.SetGatewaysAsync(Read<GatewayList>(data), cancellationToken);
                break;
            case HubEvent.SetPeer:
                await orders.SetPeerAsync(Read<PeerConfig>(data), cancellationToken);
                break;
            case HubEvent.RemovePeer:
                await orders.RemovePeerAsync(Read<PeerRemoval>(data), cancellationToken);
                break;
            case HubEvent.OpenPath:
                await orders.OpenPathAsync(Read<PathConfig>(data), cancellationToken);
                break;
            case HubEvent.ClosePath:
                await orders.ClosePathAsync(Read<PathClosure>(data), cancellationToken);
                break;
            default:
                throw new CommandRejectedException($"This hub does not know the order “{name}”: it may be older than the portal.");
        }
    }

    private async Task RequireNamespaceAsync(CancellationToken cancellationToken)
    {
        if (!options.Value.SharedHost && !await NetworkNamespace.IsOwnAsync(cancellationToken))
        {
            throw new InvalidOperationException(
                "Here the hub would drop everything that this machine receives and forwards, remote logins included. Start it in a network namespace of its own, as deploy/up does; "
                + "or set Hub:SharedHost to true, then it filters only what enters or leaves the tunnel.");
        }
    }

    // An order that cannot be read as a whole may still say which one it is.
    private static Guid? CommandOf(string data)
    {
        try
        {
            using var order = JsonDocument.Parse(data);
            return order.RootElement.ValueKind == JsonValueKind.Object && order.RootElement.TryGetProperty("command", out var command) && command.TryGetGuid(out var id) ? id : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
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

        [LoggerMessage(Level = LogLevel.Error, Message = "The order {Name} was not carried out: {Reason}")]
        public static partial void OrderFailed(ILogger logger, string name, string reason);

        [LoggerMessage(Level = LogLevel.Error, Message = "The order {Name} broke")]
        public static partial void OrderBroke(ILogger logger, Exception exception, string name);
    }
}
