using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Gateways;

/// <summary>Where the portal's pages may open WebSockets beside the portal itself: the gateways' origins, as the database has them now or did a few seconds ago.</summary>
internal sealed partial class GatewayOrigins(PortalDbFactory factory, TimeProvider time, ILogger<GatewayOrigins> log)
{
    private static readonly TimeSpan CacheTime = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _reading = new(1, 1);
    private (string Sources, long At)? _known;

    /// <summary>As sources of a Content-Security-Policy (CSP 3, section 2.3.1), separated by spaces.</summary>
    public async ValueTask<string> SourcesAsync(CancellationToken cancellationToken)
    {
        if (_known is { } fresh && time.GetElapsedTime(fresh.At) < CacheTime)
        {
            return fresh.Sources;
        }

        // One reads, the others take what was known.
        if (!await _reading.WaitAsync(_known is null ? Timeout.InfiniteTimeSpan : TimeSpan.Zero, cancellationToken))
        {
            return _known!.Value.Sources;
        }

        try
        {
            await using var db = factory.ForSystem();
            var urls = await db.Gateways.Select(g => g.Url).ToListAsync(cancellationToken);
            var sources = string.Join(' ', urls.Select(Source).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
            _known = (sources, time.GetTimestamp());
            return sources;
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException { InnerException: NpgsqlException })
        {
            // A page that says so is still to be shown.
            Log.Unknown(log, e.InnerException?.Message ?? e.Message);
            return _known?.Sources ?? "";
        }
        finally
        {
            _reading.Release();
        }
    }

    internal static string? Source(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
        ? $"{(uri.Scheme == "https" ? "wss" : "ws")}://{uri.Authority}"
        : null;

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The gateways' addresses cannot be read; pages get those that were known: {Reason}")]
        public static partial void Unknown(ILogger logger, string reason);
    }
}
