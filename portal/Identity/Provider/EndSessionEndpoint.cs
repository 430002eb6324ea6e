using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>OpenID Connect RP-Initiated Logout 1.0, section 2.</summary>
internal static class EndSessionEndpoint
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(ProviderRoutes.EndSession, HandleAsync).AllowAnonymous();
        PostAsGet.Map(endpoints, ProviderRoutes.EndSession);
    }

    private static async Task<IResult> HandleAsync(HttpContext http, ProviderClients clients, ProviderKeys keys, ProviderSignIns signIns, IOptions<PortalOptions> portal)
    {
        var query = http.Request.Query;

        // An expired hint still says which client asks, and for whom; without a hint of ours nobody is signed out from afar.
        var hint = keys.Verify<IdToken>(query["id_token_hint"].ToString(), IdToken.Type);
        if (hint is null || hint.Iss != portal.Value.PublicUrl + ProviderRoutes.Base || clients.Find(hint.Aud) is not { } client || (query.ContainsKey("client_id") && query["client_id"] != client.Id))
        {
            return Results.Text("Sign out from the application that you signed in to.", statusCode: StatusCodes.Status400BadRequest);
        }

        if (ProviderCookie.Of((await http.AuthenticateAsync(ProviderRoutes.CookieScheme)).Principal) is { } session && session.AccountId.ToString() == hint.Sub)
        {
            await signIns.EndAsync(session.SignInId, http.RequestAborted);
            await http.SignOutAsync(ProviderRoutes.CookieScheme);
        }

        var target = query["post_logout_redirect_uri"].ToString();
        return client.PostLogoutRedirectUris.Contains(target, StringComparer.Ordinal)
            ? Results.Redirect(query.ContainsKey("state") ? QueryHelpers.AddQueryString(target, "state", query["state"].ToString()) : target)
            : Results.Redirect("/");
    }
}
