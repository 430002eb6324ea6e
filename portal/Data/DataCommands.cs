using System.CommandLine;

namespace Sallyport.Portal.Data;

/// <summary>Makes or upgrades the database.</summary>
internal static class DataCommands
{
    public static Command Create() => new("database", "Makes or upgrades the database.");
}
