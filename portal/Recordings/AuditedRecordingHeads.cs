using System.Globalization;
using System.Text.Json;
using Npgsql;
using Sallyport.Portal.Audit;
using Sallyport.Recording;

namespace Sallyport.Portal.Recordings;

/// <summary>What the audit log was told of recordings while they were made: nobody who can write to the store or to the portal's tables can change it unseen.</summary>
public sealed class AuditedRecordingHeads(NpgsqlDataSource dataSource)
{
    /// <summary>The newest head of the session's recording; null when none was ever reported.</summary>
    public async Task<RecordingHead?> NewestAsync(Guid sessionId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("select body from audit.entries where subject_id = $1 and action = $2");
        command.Parameters.AddWithValue(sessionId.ToString());
        command.Parameters.AddWithValue(AuditAction.RecordingHead.Name);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        RecordingHead? newest = null;
        while (await rows.ReadAsync(cancellationToken))
        {
            // By its chunk, not by its place in the log: a report that was retried may come late.
            var detail = JsonElement.Parse(rows.GetString(0)).GetProperty("detail");
            if (Number(detail, "chunk") is var chunk && (newest is null || chunk > newest.Chunk))
            {
                newest = new RecordingHead(chunk, detail.GetProperty("hash").GetString()!, Number(detail, "length"));
            }
        }

        return newest;
    }

    /// <summary>Every session that the log knows to have been recorded, with the name it has there.</summary>
    public async Task<IReadOnlyDictionary<Guid, string>> SessionsAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("select distinct on (subject_id) subject_id, body::jsonb ->> 'subjectName' from audit.entries where action in ($1, $2) order by subject_id, action = $1");
        command.Parameters.AddWithValue(AuditAction.RecordingHead.Name);
        command.Parameters.AddWithValue(AuditAction.SessionStarted.Name);
        command.CommandTimeout = 0;
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var sessions = new Dictionary<Guid, string>();
        while (await rows.ReadAsync(cancellationToken))
        {
            sessions[Guid.Parse(rows.GetString(0))] = rows.GetString(1);
        }

        return sessions;
    }

    private static long Number(JsonElement detail, string name) => long.Parse(detail.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);
}
