using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>OpenID Connect RP-Initiated Logout 1.0, section 2. Hint and addresses were looked at before this is asked.</summary>
internal static class EndSessionEndpoint
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(ProviderRoutes.EndSession, HandleAsync).AllowAnonymous();
        PostAsGet.Map(endpoints, ProviderRoutes.EndSession);
    }

    private static async Task<IResult> HandleAsync(HttpContext http, ProviderSignIns signIns)
    {
        // An expired hint still says which client asks, and for whom; without a hint of ours nobody is signed out from afar.
        if (http.GetOpenIddictServerResponse() is { Error: not null }
            || (await http.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)).Principal?.GetClaim(Claims.Subject) is not { } subject)
        {
            return Results.Text("Sign out from the application that you signed in to.", statusCode: StatusCodes.Status400BadRequest);
        }

        if (ProviderCookie.Of((await http.AuthenticateAsync(ProviderRoutes.CookieScheme)).Principal) is { } session && session.AccountId.ToString() == subject)
        {
            await signIns.EndAsync(session.SignInId, http.RequestAborted);
            await http.SignOutAsync(ProviderRoutes.CookieScheme);
        }

        return Results.SignOut(new AuthenticationProperties { RedirectUri = "/" }, [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);
    }
}
