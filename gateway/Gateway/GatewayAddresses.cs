namespace Sallyport.Gateway;

/// <summary>Where browsers and assets meet this gateway: what the portal is told.</summary>
/// <param name="WebOrigin">Below which web sessions have their host names; null: there are none.</param>
public sealed record GatewayAddresses(string Url, string OverlayAddress, string? WebOrigin);
