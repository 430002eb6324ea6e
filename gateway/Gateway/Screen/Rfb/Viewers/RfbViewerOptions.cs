namespace Sallyport.Gateway.Screen.Rfb.Viewers;

/// <summary>How the gateway serves a browser.</summary>
public sealed record RfbViewerOptions
{
    /// <summary>The title; never the asset's address.</summary>
    public required string Name { get; init; }

    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>At most one update in that time: what happens in between is one change.</summary>
    public TimeSpan UpdateInterval { get; init; } = TimeSpan.FromMilliseconds(15);

    /// <summary>For that long nothing must have changed before what was sent with fewer colours is sent with all.</summary>
    public TimeSpan RestoreAfter { get; init; } = TimeSpan.FromMilliseconds(300);
}
