namespace Sallyport.Portal.Common;

/// <summary>How every cookie of the portal is set.</summary>
internal static class HostCookie
{
    /// <summary>Under https only this very host could have set it, and only https carries it (RFC 6265bis, section 4.1.3.2).</summary>
    public static string Name(string name, bool https) => https ? $"__Host-{name}" : name;

    public static void BeOfThisHost(this CookieBuilder cookie, string name, bool https)
    {
        cookie.Name = Name(name, https);
        cookie.HttpOnly = true;
        cookie.SecurePolicy = https ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
        cookie.Path = "/";
        cookie.Domain = null;
    }
}
