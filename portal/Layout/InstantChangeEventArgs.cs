using Microsoft.AspNetCore.Components;

namespace Sallyport.Portal.Layout;

/// <summary>What an <c>instant-input</c> says when its person has chosen another instant, or none.</summary>
public sealed class InstantChangeEventArgs : EventArgs
{
    public DateTimeOffset? At { get; set; }
}

/// <summary>The browser events of our own elements. The framework looks for a class of this name.</summary>
[EventHandler("oninstantchange", typeof(InstantChangeEventArgs))]
public static class EventHandlers;
