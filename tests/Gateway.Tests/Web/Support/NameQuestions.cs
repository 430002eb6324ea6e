using System.Collections.Concurrent;
using System.Diagnostics.Tracing;

namespace Sallyport.Gateway.Tests.Web.Support;

/// <summary>Every name that this process asks the system's resolver for, as the framework itself reports it.</summary>
internal sealed class NameQuestions : EventListener
{
    // Made before the base class's constructor, which already tells of sources.
    private readonly ConcurrentQueue<string> _asked = new();

    public IReadOnlyCollection<string> Asked => _asked;

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "System.Net.NameResolution")
        {
            EnableEvents(eventSource, EventLevel.Informational);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData is { EventName: "ResolutionStart", Payload: [string name, ..] })
        {
            _asked.Enqueue(name);
        }
    }
}
