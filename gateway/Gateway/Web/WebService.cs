using Sallyport.Contracts;
using Sallyport.Contracts.Links;

namespace Sallyport.Gateway.Web;

/// <summary>An asset's web service as a session needs to know it; what every session knows is in its <see cref="SessionSpec"/>. For nobody but the gateway.</summary>
/// <param name="Address">IP address or name; resolved once.</param>
/// <param name="Host">What the asset is told as its own name, such as its address on the plant's LAN; null: <paramref name="Address"/>.</param>
/// <param name="Aliases">Other names and addresses that the asset uses for itself in links.</param>
/// <param name="CertificateSha256">The pinned certificate; a session with TLS and without it is refused.</param>
/// <param name="LegacyTls">TLS 1.0 and 1.1 and the keys and ciphers of their time, for this asset.</param>
public sealed record WebService(
    string Address,
    int Port,
    bool Tls,
    string? Host,
    IReadOnlyList<string> Aliases,
    string? CertificateSha256,
    bool LegacyTls,
    WebPolicy Policy,
    WebCredential? Credential)
{
    public override string ToString() => $"WebService {Address}:{Port}";

    /// <summary>From what the portal says. The asset knows itself by its address on the plant's LAN, which is not the one that it is reached at.</summary>
    public static WebService Of(SessionSpec order)
    {
        var web = order.Web ?? new WebSettings();
        var defaults = new WebPolicy();
        return new WebService(
            order.Address,
            order.Port,
            web.Tls,
            web.Host ?? order.LanAddress,
            order.LanAddress is { } lan ? [lan, .. web.Aliases] : web.Aliases,
            order.HostKey,
            web.LegacyTls,
            defaults with
            {
                StartPath = web.StartPath,
                PathPrefixes = web.PathPrefixes,
                Methods = web.ReadOnly ? WebPolicy.ReadOnlyMethods : WebPolicy.AllMethods,
                AllowWebSockets = web.AllowWebSockets && !web.ReadOnly,
                AllowPopups = web.AllowPopups,
                MaxRequestBytes = web.MaxRequestBytes,
                RewriteBodies = web.RewriteBodies,
                PageCookies = web.PageCookies,
                SecretFields = [.. defaults.SecretFields, .. web.SecretFields],
            },
            CredentialOf(web, order.Credential.UserName, order.Credential.Password ?? ""));
    }

    private static WebCredential? CredentialOf(WebSettings web, string user, string password) => web switch
    {
        { SignIn: WebSignIn.Basic } => new WebCredential.Basic(user, password),
        { SignIn: WebSignIn.Digest } => new WebCredential.Digest(user, password),
        { SignIn: WebSignIn.Header, HeaderName: { } name } => new WebCredential.Header(name, password),
        { SignIn: WebSignIn.Form, Form: { } form } => new WebCredential.Form(user, password, form),
        _ => null,
    };
}
