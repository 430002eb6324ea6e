using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>OpenID Connect RP-Initiated Logout 1.0, section 2.</summary>
internal static class EndSessionEndpoint
{
    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet(ProviderRoutes.EndSession, HandleAsync).AllowAnonymous();

    private static async Task<IResult> HandleAsync(HttpContext http, ProviderClients clients, ProviderKeys keys, IOptions<PortalOptions> portal)
    {
        var query = http.Request.Query;

        // An expired hint still says which client asks; without a hint of ours nobody is signed out from afar.
        var hint = keys.Verify<IdToken>(query["id_token_hint"].ToString(), IdToken.Type);
        if (hint is null || hint.Iss != portal.Value.PublicUrl + ProviderRoutes.Base || clients.Find(hint.Aud) is not { } client)
        {
            return Results.BadRequest("Sign out from the application that you signed in to.");
        }

        await http.SignOutAsync(ProviderRoutes.CookieScheme);
        var target = query["post_logout_redirect_uri"].ToString();
        return client.PostLogoutRedirectUris.Contains(target, StringComparer.Ordinal)
            ? Results.Redirect(query.ContainsKey("state") ? QueryHelpers.AddQueryString(target, "state", query["state"].ToString()) : target)
            : Results.Redirect("/");
    }
}
