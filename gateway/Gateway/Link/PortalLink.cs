using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;

namespace Sallyport.Gateway.Link;

/// <summary>
/// Keeps the control link up. While it is down, sessions that run go on until their end; what they have to report
/// waits, and is told when the link is back.
/// </summary>
public sealed partial class PortalLink(IOptions<GatewayOptions> options, GatewayAddresses addresses, LinkClient client, IPortalCommands commands, TimeProvider time, ILogger<PortalLink> log, IHostApplicationLifetime lifetime) : BackgroundService, ILinkEnd
{
    private const int MaxWaitingReports = 10_000;

    private readonly Channel<Func<CancellationToken, Task>> _reports = Channel.CreateBounded<Func<CancellationToken, Task>>(new BoundedChannelOptions(MaxWaitingReports) { SingleReader = true });
    private readonly ConcurrentDictionary<string, ECDsa> _ticketKeys = new(StringComparer.Ordinal);

    public bool IsUp
    {
        get;
        private set
        {
            field = value;
            GatewayMetrics.LinkIs(value);
        }
    }

    public string? PortalOrigin { get; private set; }

    public ECDsa? FindTicketKey(string keyId) => _ticketKeys.GetValueOrDefault(keyId);

    /// <summary>Told in order, retried until the portal has it.</summary>
    public void Report<T>(string route, T body)
    {
        if (_reports.Writer.TryWrite(cancellationToken => client.PostAsync(route, body, cancellationToken)))
        {
            GatewayMetrics.ReportsWaiting(1);
        }
    }

    string ILinkEnd.EventsRoute => GatewayRoutes.Events;

    private GatewayInfo Facts => new(addresses.Url, addresses.OverlayAddress, addresses.WebOrigin);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var reports = SendReportsAsync(stoppingToken);
        try
        {
            await new LinkLoop(client, time).RunAsync(this, stoppingToken);
        }
        catch (InvalidOperationException e)
        {
            // Whoever started it must see that it did not: a service manager by the code, a person by the line.
            Log.CannotRun(log, e.Message);
            Environment.ExitCode = 1;

            // A host that is stopped while it starts ends in a stack trace.
            lifetime.ApplicationStarted.Register(lifetime.StopApplication);
            return;
        }

        await reports;
    }

    async Task ILinkEnd.EnrollAsync(CancellationToken cancellationToken)
    {
        await client.EnrollAsync(options.Value.EnrollmentCode, Facts, null, cancellationToken);
        Log.Enrolled(log, client.Component!.Name);
    }

    async Task ILinkEnd.TakeAsync(string name, string data, CancellationToken cancellationToken)
    {
        switch (name)
        {
            case GatewayEvent.Hello:
                await GreetAsync(Read<GatewayHello>(data), cancellationToken);
                break;
            case GatewayEvent.EndSession:
                commands.End(Read<EndSession>(data));
                break;
            case GatewayEvent.EndWatch:
                commands.EndWatch(Read<EndWatch>(data));
                break;
            case GatewayEvent.SessionWindow:
                commands.MoveEnd(Read<SessionWindow>(data));
                break;
            case GatewayEvent.Control:
                commands.AnswerControl(Read<ControlAnswer>(data));
                break;
            case GatewayEvent.HostKeyScan:
                _ = ScanAsync(Read<HostKeyScan>(data));
                break;
        }
    }

    void ILinkEnd.LinkIsDown(string? reason)
    {
        IsUp = false;
        if (reason is not null)
        {
            Log.LinkLost(log, reason);
        }
    }

    private async Task GreetAsync(GatewayHello hello, CancellationToken cancellationToken)
    {
        // Ends the gateway: it would be sent what is the portal's alone.
        if (SiteNames.Conflict(hello.PortalOrigin, addresses.Url, addresses.WebOrigin) is { } conflict)
        {
            throw new InvalidOperationException(conflict);
        }

        var current = hello.TicketKeys.ToDictionary(k => k.KeyId, k => k.Import(), StringComparer.Ordinal);
        foreach (var (keyId, key) in current)
        {
            _ticketKeys[keyId] = key;
        }

        foreach (var stale in _ticketKeys.Keys.Except(current.Keys, StringComparer.Ordinal))
        {
            _ticketKeys.TryRemove(stale, out _);
        }

        PortalOrigin = hello.PortalOrigin;
        var (toEnd, _) = await client.AskAsync<RunningSessions, SessionsToEnd>(GatewayRoutes.Sync, new RunningSessions([.. commands.Sessions], Facts, [.. commands.Watches]), cancellationToken);
        foreach (var order in toEnd?.End ?? [])
        {
            commands.End(order);
        }

        foreach (var order in toEnd?.EndWatches ?? [])
        {
            commands.EndWatch(order);
        }

        foreach (var window in toEnd?.EndsAt ?? [])
        {
            commands.MoveEnd(window);
        }

        IsUp = true;
        Log.LinkUp(log);
    }

    private async Task ScanAsync(HostKeyScan scan) =>
        Report(GatewayRoutes.Scans.Replace("{id}", scan.ScanId.ToString(), StringComparison.Ordinal), await commands.ScanAsync(scan, CancellationToken.None));

    private async Task SendReportsAsync(CancellationToken stoppingToken)
    {
        await foreach (var report in _reports.Reader.ReadAllAsync(stoppingToken))
        {
            for (var sent = false; !sent;)
            {
                try
                {
                    await report(stoppingToken);
                    sent = true;
                }
                catch (HttpRequestException e) when (e.StatusCode is { } status && (int)status is >= 400 and < 500)
                {
                    // The portal has understood it and will not have it; the next may be welcome.
                    Log.ReportRefused(log, e.Message);
                    sent = true;
                }
                catch (Exception e) when (e is HttpRequestException or InvalidOperationException)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(500), time, stoppingToken);
                }
            }

            GatewayMetrics.ReportsWaiting(-1);
        }
    }

    private static T Read<T>(string data) => JsonSerializer.Deserialize<T>(data, LinkJson.Options) ?? throw new JsonException("An event without data.");

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Enrolled as {Name}")]
        public static partial void Enrolled(ILogger logger, string name);

        [LoggerMessage(Level = LogLevel.Critical, Message = "The gateway cannot run: {Message}")]
        public static partial void CannotRun(ILogger logger, string message);

        [LoggerMessage(Level = LogLevel.Information, Message = "The control link is up")]
        public static partial void LinkUp(ILogger logger);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The control link is down, trying again: {Reason}")]
        public static partial void LinkLost(ILogger logger, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The portal refused a report: {Reason}")]
        public static partial void ReportRefused(ILogger logger, string reason);
    }
}
