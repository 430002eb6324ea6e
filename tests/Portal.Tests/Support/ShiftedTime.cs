namespace Sallyport.Portal.Tests.Support;

/// <summary>The system's clock, set ahead by a test: what depends on the date sees it, waits stay real.</summary>
public sealed class ShiftedTime : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
}
