using System.CommandLine;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Overlay;
using Sallyport.Portal.Recordings;

namespace Sallyport.Portal;

/// <summary>The portal's command line: without a command it serves.</summary>
internal static class PortalCommands
{
    public static Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Sallyport portal")
        {
            DataCommands.Create(),
            AuditCommands.Create(PortalHost.BuildServices),
            RecordingCommands.Create(PortalHost.BuildServices),
            ComponentCommands.Create(PortalHost.BuildServices),
            UserCommands.Create(),
        };
        root.TreatUnmatchedTokensAsErrors = false;
        root.SetAction((_, cancellationToken) => PortalHost.RunAsync(args, cancellationToken));
        return root.Parse(args).InvokeAsync();
    }
}
