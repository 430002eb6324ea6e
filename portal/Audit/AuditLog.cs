using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Audit;

/// <summary>
/// The append-only, hash-chained log. The database role that the portal runs as can only call the function that
/// appends, which numbers and chains the entry by itself.
/// </summary>
public sealed class AuditLog(NpgsqlDataSource dataSource, TimeProvider time)
{
    /// <summary>How long an append waits for a database that is restarting.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    /// <summary>Appends within the transaction of <paramref name="db"/>: act and entry are both, or neither is. The chain waits for its end, so it comes last in it.</summary>
    internal async Task AppendAsync(PortalDb db, AuditEvent entry, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        await db.Database.ExecuteSqlAsync($"select audit.append({JsonSerializer.Serialize(AuditBody.Of(entry, time.GetUtcNow()), Json)})", cancellationToken);
        AuditMetrics.Appended(entry, time.GetElapsedTime(started));
    }

    /// <summary>Appends; an act whose entry cannot be written must not happen, so the exception is not to be swallowed.</summary>
    public async Task AppendAsync(AuditEvent entry, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.Serialize(AuditBody.Of(entry, time.GetUtcNow()), Json);
        for (var started = time.GetTimestamp(); ;)
        {
            try
            {
                await using var command = dataSource.CreateCommand("select audit.append($1)");
                command.Parameters.AddWithValue(body);
                await command.ExecuteScalarAsync(cancellationToken);
                AuditMetrics.Appended(entry, time.GetElapsedTime(started));
                return;
            }
            catch (NpgsqlException e) when (e.IsTransient && time.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancellationToken);
            }
        }
    }
}

/// <summary>The one schema of all entries, as it is hashed. Fields are only ever added.</summary>
internal sealed record AuditBody(
    string At,
    long AtMicroseconds,
    Guid? TenantId,
    Guid? ActorId,
    string ActorName,
    string? Address,
    string Action,
    string Requirement,
    string SubjectType,
    string SubjectId,
    string SubjectName,
    AuditResult Result,
    string? Reason,
    IReadOnlyDictionary<string, string>? Detail)
{
    public static AuditBody Of(AuditEvent e, DateTimeOffset at) => new(
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
        (at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond,
        e.TenantId,
        e.ActorId,
        Clean(e.ActorName)!,
        Clean(e.Address),
        e.Action.Name,
        e.Action.Requirement,
        e.SubjectType,
        e.SubjectId,
        Clean(e.SubjectName)!,
        e.Result,
        Clean(e.Reason),
        e.Detail?.ToDictionary(pair => pair.Key, pair => Clean(pair.Value)!));

    // PostgreSQL's jsonb takes no NUL; and nobody's text may fill the log.
    private static string? Clean(string? text) => text is null ? null : text.Replace("\0", "", StringComparison.Ordinal) is { Length: > 2000 } tooLong ? tooLong[..2000] : text.Replace("\0", "", StringComparison.Ordinal);
}
