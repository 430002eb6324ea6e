using System.CommandLine;

namespace Sallyport.Portal.Recordings;

/// <summary>Checks and exports recordings.</summary>
internal static class RecordingCommands
{
    public static Command Create() => new("recording", "Checks and exports recordings.");
}
