using Sallyport.Contracts;

namespace Sallyport.Portal.Plants;

/// <summary>What the settings of a web HMI must and may say.</summary>
internal static class WebRules
{
    private const int MaxListed = 50;
    private const int MaxName = 60;

    // Written by the gateway for each request: a service must not take their place.
    private static readonly string[] ReservedHeaders = ["Host", "Cookie", "Connection", "Content-Length", "Transfer-Encoding", "Upgrade", "Origin", "Referer"];

    /// <returns>What is wrong, for the admin; null: nothing.</returns>
    public static string? Fault(WebSettings web) => web switch
    {
        _ when !WebPath.IsPath(web.StartPath) || web.PathPrefixes.Count is 0 or > MaxListed || !web.PathPrefixes.All(WebPath.IsPath) => "Paths begin with one slash, such as /webvisu.htm.",
        _ when !web.PathPrefixes.Any(prefix => WebPath.IsBelow(web.StartPath.Split('?', '#')[0], prefix)) => "The start page must be among the allowed paths.",
        { LegacyTls: true, Tls: false } => "Old TLS is a kind of HTTPS: switch HTTPS on too.",
        { MaxRequestBytes: <= 0 or > WebSettings.MostRequestBytes } => "A request can have at most 4 GiB.",
        { Host: { } host } when !Ipv4.IsHost(host) => "The HMI's own name is a host name or an IP address, without http:// and port.",
        _ when web.Aliases.Count > MaxListed || !web.Aliases.All(Ipv4.IsHost) => "Other names of the HMI are host names or IP addresses, without http:// and port.",
        _ when !AreNames(web.SecretFields) || !AreNames(web.PageCookies) => $"Names of fields and cookies have at most {MaxName} characters, and there can be {MaxListed} of them.",
        { SignIn: WebSignIn.Header } when !IsHeader(web.HeaderName) => "Give the name of the header that the password goes into, such as X-Api-Key.",
        { SignIn: WebSignIn.Form, Form: null } => "Give the form's address and the names of its fields.",
        { SignIn: WebSignIn.Form, Form: { } form } when !form.HasPaths() || form.PasswordField.Length is 0 or > MaxName || form.UserField?.Length > MaxName || form.SuccessCookie?.Length > MaxName =>
            "The form needs its address as a path, and the name of its password field.",
        _ => null,
    };

    private static bool AreNames(IReadOnlyList<string> names) => names.Count <= MaxListed && names.All(name => name.Length is > 0 and <= MaxName && !name.Any(char.IsControl));

    // RFC 9110, section 5.6.2: a token.
    private static bool IsHeader(string? name) =>
        name is { Length: > 0 and <= MaxName }
        && name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal))
        && !ReservedHeaders.Contains(name, StringComparer.OrdinalIgnoreCase);
}
