using Sallyport.Gateway.Web.Trace;

namespace Sallyport.Gateway.Web.Forwarding;

/// <summary>The headers that are written anew for the asset, for requests and sockets alike.</summary>
internal static class AssetHeaders
{
    /// <summary>Also what a browser would sign in with, where the gateway does it in its stead.</summary>
    public static bool Stops(string name, WebSession session) =>
        HeaderRules.StopsRequest(name) || (session.SignsRequests && name.Equals("Authorization", StringComparison.OrdinalIgnoreCase));

    public static IEnumerable<(string Name, string Value)> Of(HttpRequest request, WebSession session, Exchange exchange)
    {
        if (request.Headers.Origin.Count > 0)
        {
            yield return ("Origin", request.Headers.Origin == "null" ? "null" : session.Target.Origin);
        }

        if (request.Headers.Referer.ToString() is { Length: > 0 } referer && session.Own.ToAsset(referer) is { } own)
        {
            yield return ("Referer", own);
        }

        var dropped = new List<string>();
        if (session.Cookies.ToAsset(request.Headers.Cookie, request.Path.ToUriComponent(), dropped) is { } cookies)
        {
            yield return ("Cookie", cookies);
        }

        if (dropped.Count > 0)
        {
            exchange.Note($"Cookies that the asset did not set were dropped: {string.Join(", ", dropped.Distinct(StringComparer.Ordinal).Take(20))}.");
        }

        if (session.CredentialHeader is { } credential)
        {
            yield return (credential.Name, credential.Value);
        }
    }
}
