using Microsoft.AspNetCore.Components;

namespace Sallyport.Portal.Sessions.Frames;

/// <summary>A part of a session's page that one kind of service has.</summary>
public abstract class SessionFramePart : ComponentBase
{
    /// <summary>Whoever sees it only looks on.</summary>
    [Parameter]
    public bool Watching { get; set; }
}
