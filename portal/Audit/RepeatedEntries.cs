namespace Sallyport.Portal.Audit;

/// <summary>
/// For what can come again and again, such as a component that dials with a wrong key: the first is written at once, those of
/// the next ten minutes are counted, and then one entry says how many there were. So nobody fills the log, and nothing is left out.
/// </summary>
public sealed partial class RepeatedEntries(AuditLog audit, TimeProvider time, ILogger<RepeatedEntries> log) : PeriodicService(Interval, time)
{
    private const int MostKeys = 1000;
    private const string Rest = "rest";

    internal static readonly TimeSpan Window = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Repeat> _repeats = new(StringComparer.Ordinal);

    /// <param name="key">What is the same of it. When there are very many, the rest counts as one.</param>
    public async Task AppendAsync(string key, AuditEvent entry, CancellationToken cancellationToken)
    {
        var now = Time.GetUtcNow();
        lock (_gate)
        {
            key = _repeats.ContainsKey(key) || _repeats.Count < MostKeys ? key : Rest;
            if (_repeats.TryGetValue(key, out var known) && now - known.Since < Window)
            {
                _repeats[key] = known with { Last = entry, Count = known.Count + 1 };
                return;
            }

            // What the window before still has to say is said by the sweep.
            if (known is { Count: > 0 })
            {
                _repeats[$"{key} {known.Since:O}"] = known;
            }

            _repeats[key] = new Repeat(now, entry, 0);
        }

        await audit.AppendAsync(entry, cancellationToken);
    }

    /// <summary>Writes what was counted in windows that are over.</summary>
    internal async Task SweepAsync(CancellationToken cancellationToken)
    {
        KeyValuePair<string, Repeat>[] over;
        lock (_gate)
        {
            over = [.. _repeats.Where(repeat => Time.GetUtcNow() - repeat.Value.Since >= Window)];
        }

        foreach (var (key, repeat) in over)
        {
            if (repeat.Count > 0)
            {
                var again = $"{repeat.Count} more time{(repeat.Count == 1 ? "" : "s")} since {repeat.Since:yyyy-MM-dd HH:mm:ss} UTC; the last: {repeat.Last.Reason}";
                await audit.AppendAsync(repeat.Last with { Reason = again }, cancellationToken);
            }

            lock (_gate)
            {
                if (_repeats.TryGetValue(key, out var now) && now == repeat)
                {
                    _repeats.Remove(key);
                }
            }
        }
    }

    protected override Task RunOnceAsync(CancellationToken cancellationToken) => SweepAsync(cancellationToken);

    protected override void LogFailure(Exception exception) => Log.NotWritten(log, exception);

    private sealed record Repeat(DateTimeOffset Since, AuditEvent Last, int Count);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "How often something was repeated could not be written into the audit log; trying again")]
        public static partial void NotWritten(ILogger logger, Exception exception);
    }
}
