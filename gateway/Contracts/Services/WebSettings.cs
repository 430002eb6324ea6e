namespace Sallyport.Contracts;

/// <summary>How the gateway signs in at a web HMI in the user's stead.</summary>
public enum WebSignIn
{
    /// <summary>Not at all: the HMI asks the user, or nobody.</summary>
    None,

    /// <summary>RFC 7617</summary>
    Basic,

    /// <summary>RFC 7616</summary>
    Digest,

    /// <summary>The password as the value of a header.</summary>
    Header,

    /// <summary>The HMI's own form, by a recipe.</summary>
    Form,
}

/// <summary>What a web HMI's service allows, and how its asset must be spoken to.</summary>
public sealed record WebSettings
{
    /// <summary>The most that <see cref="MaxRequestBytes"/> can be.</summary>
    public const long MostRequestBytes = 4L * 1024 * 1024 * 1024;

    public bool Tls { get; init; }

    /// <summary>TLS 1.0 and 1.1 and the keys and ciphers of their time.</summary>
    public bool LegacyTls { get; init; }

    /// <summary>What the asset is told as its own name; null: its address on the plant's LAN.</summary>
    public string? Host { get; init; }

    /// <summary>Other names and addresses that the asset uses for itself in links.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    public string StartPath { get; init; } = "/";

    public IReadOnlyList<string> PathPrefixes { get; init; } = ["/"];

    /// <summary>GET and HEAD alone, and no WebSockets.</summary>
    public bool ReadOnly { get; init; }

    public bool AllowPopups { get; init; }

    /// <summary>Connections that stay open, by which many HMIs show values as they change.</summary>
    public bool AllowWebSockets { get; init; } = true;

    /// <summary>Replaces the asset's own address in pages, scripts and data by the session's, so that absolute links work.</summary>
    public bool RewriteBodies { get; init; } = true;

    /// <summary>Of one request, in bytes.</summary>
    public long MaxRequestBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Fields that are masked in the recording, besides those that every service masks.</summary>
    public IReadOnlyList<string> SecretFields { get; init; } = [];

    /// <summary>Names of cookies that the HMI's own scripts write for the asset to read; <c>*</c>: any. Others reach the asset only with a value that it has set itself.</summary>
    public IReadOnlyList<string> PageCookies { get; init; } = [];

    public WebSignIn SignIn { get; init; }

    /// <summary>For <see cref="WebSignIn.Header"/>: its name.</summary>
    public string? HeaderName { get; init; }

    /// <summary>For <see cref="WebSignIn.Form"/>.</summary>
    public WebFormRecipe? Form { get; init; }
}

/// <summary>How to sign in where the HMI has a form. The gateway keeps the cookie that it gets; the browser is never given it.</summary>
/// <param name="Action">Path that the form is posted to.</param>
/// <param name="UserField">Name of the field that takes the user name; null: there is none.</param>
/// <param name="Page">Path of the page with the form, read first for its cookies and hidden fields, such as a token against forged requests; null: not needed.</param>
/// <param name="Json">Sent as a JSON object, not as a form.</param>
/// <param name="SuccessCookie">Only a cookie of this name means success; null: any answer below 400 that does not lead back to the form.</param>
public sealed record WebFormRecipe(string Action, string? UserField, string PasswordField, string? Page, bool Json, string? SuccessCookie)
{
    public bool HasPaths() => WebPath.IsPath(Action) && (Page is null || WebPath.IsPath(Page));
}
