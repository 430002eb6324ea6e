using System.CommandLine;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Sessions;

namespace Sallyport.Portal.Recordings;

/// <summary><c>portal recording verify</c> and <c>portal recording export</c>: for who answers for recordings, on the portal's machine.</summary>
internal static class RecordingCommands
{
    /// <summary>All that was checked is intact, or unaltered as far as it goes.</summary>
    public const int Good = 0;

    /// <summary>Something is broken, missing or unknown.</summary>
    public const int Bad = 1;

    /// <summary>It could not be checked or exported at all.</summary>
    public const int NotDone = 2;

    /// <summary>Who did it, in the audit log; the account is in the entry's detail.</summary>
    public const string ActorName = "command line";

    public static Command Create(PortalServices portal) => new("recording", "Checks and exports recordings.") { VerifyCommand.Create(portal), ExportCommand.Create(portal) };

    public static IReadOnlyDictionary<string, string> Account => new Dictionary<string, string> { ["account"] = Environment.UserName };

    /// <summary>Runs on the portal's services, and says in one line what keeps it from running.</summary>
    public static async Task<int> RunAsync(PortalServices portal, Func<IServiceProvider, Task<int>> work)
    {
        try
        {
            using var host = portal();
            return await work(host.Services);
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException { InnerException: NpgsqlException } or Microsoft.Extensions.Options.OptionsValidationException or IOException or UnauthorizedAccessException)
        {
            return await FailAsync((e.InnerException as NpgsqlException ?? e).Message);
        }
    }

    public static async Task<int> FailAsync(string message)
    {
        await Console.Error.WriteLineAsync(message);
        return NotDone;
    }

    public static async Task<(SessionRecording Recording, SessionSummary Session)?> FindAsync(IServiceProvider services, Guid sessionId, CancellationToken cancellationToken)
    {
        await using var db = services.GetRequiredService<PortalDbFactory>().ForSystem();
        var found = await (from r in db.Recordings.AsNoTracking() join s in SessionSummary.Query(db) on r.SessionId equals s.Session.Id where r.SessionId == sessionId select new { Recording = r, Session = s }).FirstOrDefaultAsync(cancellationToken);
        return found is null ? null : (found.Recording, found.Session);
    }

    public static Task AuditAsync(IServiceProvider services, AuditAction action, Guid? tenantId, string subject, string name, AuditResult result, string? reason, CancellationToken cancellationToken) =>
        services.GetRequiredService<AuditLog>().AppendAsync(AuditEvent.BySystem(ActorName, tenantId, action, "session", subject, name, result, reason, Account), cancellationToken);
}
