using System.Text.Json;
using Microsoft.Extensions.Options;
using Sallyport.Contracts.Links;
using Sallyport.Hub.WireGuard;

namespace Sallyport.Hub.Link;

/// <summary>Looks for drift every few seconds, mends it, and tells the portal what was found and how the peers are.</summary>
public sealed partial class HealthReporter(IOptions<HubOptions> options, LinkClient client, WireGuardDevice device, SavedEndpoints endpoints, HubReconciler orders, TimeProvider time, ILogger<HealthReporter> log) : BackgroundService
{
    // What was found while the portal could not be told waits, up to this many.
    private const int MaxUntold = 20;

    private readonly List<string> _untold = [];
    private readonly PeerActivity _activity = new(time);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.CheckSeconds), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await ReconcileAsync(stoppingToken);
                await ReportAsync(stoppingToken);
            }
            catch (Exception e) when (e is CommandException or HttpRequestException or IOException or FormatException or JsonException or KeyNotFoundException)
            {
                Log.Failed(log, e.Message);
            }
        }
    }

    private async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        try
        {
            var found = await orders.CheckDriftAsync(cancellationToken);
            HubMetrics.DriftCorrected(found.Count);
            foreach (var text in found)
            {
                Log.Drift(log, text);
                Remember(text);
            }
        }
        catch (CommandException e)
        {
            Log.Unmended(log, e.Message);
            Remember($"The hub could not compare or mend its network: {e.Message}");
        }
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        var peers = await device.HealthAsync(time.GetUtcNow(), cancellationToken);
        _activity.Measure(peers);
        if (peers.Count > 0)
        {
            // Before the first state there are none, and the saved ones are still needed.
            await endpoints.SaveAsync(peers, cancellationToken);
        }

        if (client.Component is not null)
        {
            await client.PostAsync(HubRoutes.Health, new HubHealth(peers, [.. _untold]), cancellationToken);
            _untold.Clear();
        }
    }

    private void Remember(string text)
    {
        if (_untold.Count < MaxUntold && !_untold.Contains(text))
        {
            _untold.Add(text);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Drift, mended: {Text}")]
        public static partial void Drift(ILogger logger, string text);

        [LoggerMessage(Level = LogLevel.Error, Message = "The network could not be compared or mended: {Reason}")]
        public static partial void Unmended(ILogger logger, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The health report failed: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
