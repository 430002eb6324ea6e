using Sallyport.Contracts.Links;
using Sallyport.Hub.WireGuard;

namespace Sallyport.Hub.Link;

/// <summary>Tells the portal every 5 s how the peers are, and looks for drift.</summary>
public sealed partial class HealthReporter(LinkClient client, WireGuardDevice device, HubOrders orders, TimeProvider time, ILogger<HealthReporter> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var drift = await orders.CheckDriftAsync(stoppingToken);
                foreach (var text in drift)
                {
                    Log.Drift(log, text);
                }

                var peers = await device.HealthAsync(time.GetUtcNow(), stoppingToken);
                if (peers.Count > 0)
                {
                    // Before the first state there are none, and the saved ones are still needed.
                    await device.SaveEndpointsAsync(peers, stoppingToken);
                }

                if (client.Component is not null)
                {
                    await client.PostAsync(HubRoutes.Health, new HubHealth(peers, drift), stoppingToken);
                }
            }
            catch (Exception e) when (e is CommandException or HttpRequestException or IOException or FormatException or System.Text.Json.JsonException or KeyNotFoundException)
            {
                Log.Failed(log, e.Message);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Drift, mended: {Text}")]
        public static partial void Drift(ILogger logger, string text);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The health report failed: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
