using System.CommandLine;

namespace Sallyport.Portal.Overlay;

/// <summary>Adds gateways and hubs.</summary>
internal static class ComponentCommands
{
    public static Command Create() => new("component", "Adds gateways and hubs.");
}
