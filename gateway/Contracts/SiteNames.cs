using System.Net;

namespace Sallyport.Contracts;

/// <summary>
/// Which names browsers keep apart. Cookies know hosts and no ports, and go along with whatever a page of the same site asks;
/// so a gateway must have another host than the portal, and web HMIs, whose pages are the assets', another site.
/// </summary>
public static class SiteNames
{
    // Below two letters for a country, these are not registered by anybody: the name before them is.
    private static readonly string[] SecondLevels = ["ac", "co", "com", "edu", "gov", "go", "ne", "net", "or", "org"];

    /// <returns>For a person: why the gateway's addresses cannot be used beside the portal's; null when they can.</returns>
    public static string? Conflict(string portalOrigin, string gatewayUrl, string? webOrigin)
    {
        var (portal, gateway, web) = (Host(portalOrigin), Host(gatewayUrl), webOrigin is null ? null : Host(webOrigin));
        if (portal == gateway && !IsThisMachine(portal))
        {
            return $"The gateway is at the portal's own name, {portal}. Browsers send the portal's cookies to every port of it: give the gateway a name of its own (Gateway:Url).";
        }

        return web is not null && !IsThisMachine(web) && Site(web) == Site(portal)
            ? $"Web HMIs at {web} would be of one site with the portal at {portal}, and their pages are the assets'. Give them a domain that is registered apart from the portal's (Gateway:Web:Origin)."
            : null;
    }

    /// <summary>
    /// As near as one can say without the Public Suffix List: the last two names, or three where the last two are like <c>co.uk</c>. Domains that
    /// let others register below a third name look like one site; that errs towards refusing.
    /// </summary>
    internal static string Site(string host)
    {
        var names = host.Split('.');
        var count = names.Length > 2 && names[^1].Length == 2 && SecondLevels.Contains(names[^2], StringComparer.Ordinal) ? 3 : 2;
        return IPAddress.TryParse(host.Trim('[', ']'), out _) ? host : string.Join('.', names.TakeLast(count));
    }

    private static string Host(string url) => new Uri(url).IdnHost.ToLowerInvariant().TrimEnd('.');

    // Browsers take every name below localhost for a site of its own.
    private static bool IsThisMachine(string host) =>
        host == "localhost" || host.EndsWith(".localhost", StringComparison.Ordinal) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
