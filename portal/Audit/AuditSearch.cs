using System.Text.Json;
using Npgsql;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Audit;

/// <param name="Text">Anywhere in the entry; null or empty for all.</param>
/// <param name="Before">Entries older than this number, for the next page.</param>
public sealed record AuditQuery(string? Text, string? Action, AuditResult? Result, DateTimeOffset? From, DateTimeOffset? To, long? Before, AuditScope Scope = AuditScope.Company);

/// <summary>Whose entries.</summary>
public enum AuditScope
{
    Company,

    /// <summary>Of no company: gateways, hubs, drift, refused enrollments, sign-ins by nobody who is known. For those who run the installation.</summary>
    Installation,

    Both,
}

public sealed record AuditEntry(long Seq, string Hash, string Previous, DateTimeOffset At, JsonElement Body)
{
    public string Field(string name) => Body.TryGetProperty(name, out var value) ? value.ToString() : "";
}

/// <summary>Finds entries of the actor's tenant, and for those who run the installation also those of no tenant; newest first.</summary>
public sealed class AuditSearch(NpgsqlDataSource dataSource, PortalDbFactory factory, Installation installation)
{
    public const int PageSize = 50;

    public async Task<IReadOnlyList<AuditEntry>> FindAsync(Actor actor, AuditQuery query, CancellationToken cancellationToken)
    {
        actor = await factory.ProveAsync(actor, Policies.Oversight, cancellationToken);
        var ofNone = query.Scope != AuditScope.Company && await installation.IsRunByAsync(actor, cancellationToken);
        if (query.Scope == AuditScope.Installation && !ofNone)
        {
            return [];
        }

        await using var command = dataSource.CreateCommand(
            """
            select seq, hash, prev, at, body from audit.entries
            where (($8 and tenant_id = $1) or ($9 and tenant_id is null))
              and ($2::text is null or body ilike '%' || $2 || '%')
              and ($3::text is null or action = $3)
              and ($4::text is null or result = $4)
              and ($5::bigint is null or at >= $5)
              and ($6::bigint is null or at < $6)
              and ($7::bigint is null or seq < $7)
            order by seq desc limit 50
            """);
        command.Parameters.AddWithValue(actor.TenantId.ToString());
        Add(string.IsNullOrWhiteSpace(query.Text) ? null : Escape(query.Text.Trim()), NpgsqlTypes.NpgsqlDbType.Text);
        Add(string.IsNullOrEmpty(query.Action) ? null : query.Action, NpgsqlTypes.NpgsqlDbType.Text);
        Add(query.Result is { } result ? JsonNamingPolicy.KebabCaseLower.ConvertName(result.ToString()) : null, NpgsqlTypes.NpgsqlDbType.Text);
        Add(Microseconds(query.From), NpgsqlTypes.NpgsqlDbType.Bigint);
        Add(Microseconds(query.To), NpgsqlTypes.NpgsqlDbType.Bigint);
        Add(query.Before, NpgsqlTypes.NpgsqlDbType.Bigint);
        command.Parameters.AddWithValue(query.Scope != AuditScope.Installation);
        command.Parameters.AddWithValue(ofNone);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<AuditEntry>();
        while (await rows.ReadAsync(cancellationToken))
        {
            found.Add(new AuditEntry(
                rows.GetInt64(0),
                Convert.ToHexStringLower(rows.GetFieldValue<byte[]>(1)),
                Convert.ToHexStringLower(rows.GetFieldValue<byte[]>(2)),
                DateTimeOffset.UnixEpoch.AddTicks(rows.GetInt64(3) * TimeSpan.TicksPerMicrosecond),
                JsonElement.Parse(rows.GetString(4))));
        }

        return found;

        void Add(object? value, NpgsqlTypes.NpgsqlDbType type) => command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = type });
    }

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);

    private static object? Microseconds(DateTimeOffset? at) => at is { } time ? (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond : null;
}
