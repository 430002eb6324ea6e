using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace Sallyport.Portal.Layout;

/// <summary>How pages with a circuit are rendered.</summary>
public static class PageMode
{
    /// <summary>Not prerendered: on a slow line, a button that is shown before its circuit is up would swallow the click.</summary>
    public static readonly IComponentRenderMode Live = new InteractiveServerRenderMode(prerender: false);
}
