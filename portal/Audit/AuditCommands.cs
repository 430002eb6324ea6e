using System.CommandLine;

namespace Sallyport.Portal.Audit;

/// <summary>Checks the audit log.</summary>
internal static class AuditCommands
{
    public static Command Create() => new("audit", "Checks the audit log.");
}
