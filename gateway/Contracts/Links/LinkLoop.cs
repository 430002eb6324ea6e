using System.Net.ServerSentEvents;
using System.Text.Json;

namespace Sallyport.Contracts.Links;

/// <summary>What a gateway or a hub does with the control link that <see cref="LinkLoop"/> keeps up.</summary>
public interface ILinkEnd
{
    string EventsRoute { get; }

    /// <summary>Called until <see cref="LinkClient.Component"/> is there, and when it is to enroll again.</summary>
    /// <exception cref="InvalidOperationException">It cannot be enrolled; the message says what to do. Ends the loop.</exception>
    Task EnrollAsync(CancellationToken cancellationToken);

    /// <summary>One event; the next is read when this one is done.</summary>
    Task TakeAsync(string name, string data, CancellationToken cancellationToken);

    /// <summary>Called whenever a connection has ended or could not be made.</summary>
    /// <param name="reason">Null: the portal closed it in good order.</param>
    void LinkIsDown(string? reason);
}

/// <summary>Keeps a control link up: enrolls, reads events one by one, and dials again when the link is lost or silent.</summary>
public sealed class LinkLoop(LinkClient client, TimeProvider time)
{
    /// <summary>The portal pings every 15 s; after three of those the link is dead.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(45);

    private static readonly TimeSpan ShortestDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    private TimeSpan _delay = ShortestDelay;

    /// <summary>Runs until it is stopped.</summary>
    /// <exception cref="InvalidOperationException">It cannot be enrolled; the message says what to do.</exception>
    public async Task RunAsync(ILinkEnd end, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            string? reason = null;
            try
            {
                if (client.Component is null || client.IsToEnrollAgain)
                {
                    await end.EnrollAsync(stoppingToken);
                }

                await ReadEventsAsync(end, stoppingToken);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or JsonException or OperationCanceledException && !stoppingToken.IsCancellationRequested)
            {
                reason = e.Message;
            }
            finally
            {
                end.LinkIsDown(reason);
            }

            // Jitter: not everybody at once after a restart of the portal.
            await Task.Delay(_delay * (0.5 + Random.Shared.NextDouble()), time, stoppingToken);
            _delay = _delay * 2 < LongestDelay ? _delay * 2 : LongestDelay;
        }
    }

    private async Task ReadEventsAsync(ILinkEnd end, CancellationToken stoppingToken)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        silence.CancelAfter(Silence);
        await using var stream = await client.OpenEventsAsync(end.EventsRoute, silence.Token);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(silence.Token))
        {
            // What an event asks for takes its own time, and is not torn off in the middle.
            silence.CancelAfter(Timeout.InfiniteTimeSpan);
            await end.TakeAsync(item.EventType, item.Data, stoppingToken);
            _delay = ShortestDelay;
            silence.CancelAfter(Silence);
        }
    }
}
