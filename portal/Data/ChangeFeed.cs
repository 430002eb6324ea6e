using Npgsql;

namespace Sallyport.Portal.Data;

/// <summary>
/// Tells open pages, in every portal, that something of a tenant changed: LISTEN/NOTIFY of PostgreSQL. Says that, not
/// what: a page reads again. After a broken connection everything may have changed, so every page is told.
/// </summary>
public sealed partial class ChangeFeed(NpgsqlDataSource dataSource, ILogger<ChangeFeed> log, TimeProvider time) : BackgroundService
{
    private const string Channel = "sallyport_changes";
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private event Action<Guid>? Changed;

    /// <summary>Calls back, on any thread, until disposed.</summary>
    public IDisposable Subscribe(Guid tenantId, Action callback)
    {
        void Handler(Guid changed)
        {
            if (changed == tenantId || changed == Guid.Empty)
            {
                callback();
            }
        }

        Changed += Handler;
        return new Subscription(() => Changed -= Handler);
    }

    public async Task PublishAsync(Guid tenantId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("select pg_notify($1, $2)");
        command.Parameters.AddWithValue(Channel);
        command.Parameters.AddWithValue(tenantId.ToString());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await dataSource.OpenConnectionAsync(stoppingToken);
                connection.Notification += (_, e) => Tell(Guid.TryParse(e.Payload, out var tenantId) ? tenantId : Guid.Empty);
                await using (var listen = new NpgsqlCommand($"listen {Channel}", connection))
                {
                    await listen.ExecuteNonQueryAsync(stoppingToken);
                }

                Tell(Guid.Empty);
                while (true)
                {
                    await connection.WaitAsync(stoppingToken);
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Lost(log, e.Message);
                await Task.Delay(RetryDelay, time, stoppingToken);
            }
        }
    }

    // One page that fails must not keep the others from hearing of it.
    private void Tell(Guid tenantId)
    {
        foreach (var handler in Changed?.GetInvocationList().Cast<Action<Guid>>() ?? [])
        {
            try
            {
                handler(tenantId);
            }
            catch (Exception e)
            {
                Log.CallbackFailed(log, e);
            }
        }
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The database's notifications are lost, trying again: {Reason}")]
        public static partial void Lost(ILogger logger, string reason);

        [LoggerMessage(Level = LogLevel.Error, Message = "A page that was told of a change failed")]
        public static partial void CallbackFailed(ILogger logger, Exception exception);
    }
}
