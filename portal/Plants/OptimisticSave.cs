using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Plants;

/// <summary>How an admin's change is saved: whole, or, when another one was first, not at all.</summary>
internal static class OptimisticSave
{
    /// <returns>Null when it was saved; else why not, for the admin.</returns>
    public static async Task<string?> SaveAsync(PortalDb db, string what, string nameTaken, CancellationToken cancellationToken)
    {
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            return null;
        }
        catch (DbUpdateConcurrencyException)
        {
            return Overtaken(what);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return nameTaken;
        }
    }

    public static string Overtaken(string what) => $"Somebody else changed {what} after you opened this form. Nothing of yours was saved. Look at what is stored now, and change it again.";

    /// <summary>What became of what, for the audit log: only what did change.</summary>
    public static Dictionary<string, string> Detail(params ReadOnlySpan<(string Name, object? Before, object? After)> fields)
    {
        var detail = new Dictionary<string, string>();
        foreach (var (name, before, after) in fields)
        {
            var (was, now) = (Convert.ToString(before, CultureInfo.InvariantCulture), Convert.ToString(after, CultureInfo.InvariantCulture));
            if (was != now)
            {
                detail[name] = $"{was} → {now}";
            }
        }

        return detail;
    }
}
