namespace Sallyport.Gateway.Web;

/// <summary>All that a web session needs to know. Names are for the bar; address and credential are for nobody but the gateway.</summary>
/// <param name="Address">IP address or name; resolved once.</param>
/// <param name="Host">What the asset is told as its own name, such as its address on the plant's LAN; null: <paramref name="Address"/>.</param>
/// <param name="Aliases">Other names and addresses that the asset uses for itself in links.</param>
/// <param name="CertificateSha256">The pinned certificate; a session with TLS and without it is refused.</param>
/// <param name="LegacyTls">TLS 1.0 and 1.1 and the keys and ciphers of their time, for this asset.</param>
/// <param name="IdleTimeoutSeconds">Without a request for that long, the session ends. 0: never. An HMI that polls is never idle.</param>
/// <param name="LinkGraceSeconds">How long the session waits for the bar's page to come back.</param>
public sealed record WebSessionOrder(
    Guid SessionId,
    string AssetName,
    string PlantName,
    string UserName,
    string Address,
    int Port,
    bool Tls,
    string? Host,
    IReadOnlyList<string> Aliases,
    string? CertificateSha256,
    bool LegacyTls,
    WebPolicy Policy,
    WebCredential? Credential,
    DateTimeOffset EndsAt,
    int IdleTimeoutSeconds,
    int LinkGraceSeconds)
{
    public override string ToString() => $"WebSessionOrder {SessionId}";
}
