using Microsoft.AspNetCore.Authentication;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>OpenID Connect Core 1.0, section 5.3: what is known of an account now. The access token was believed before this is asked.</summary>
internal static class UserInfoEndpoint
{
    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapMethods(ProviderRoutes.UserInfo, ["GET", "POST"], HandleAsync).AllowAnonymous().DisableAntiforgery().AllowAnyOrigin();

    private static async Task<IResult> HandleAsync(HttpContext http, ProviderAccounts accounts)
    {
        var principal = (await http.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)).Principal;
        if (!Guid.TryParse(principal?.GetClaim(Claims.Subject), out var id) || await accounts.FindAsync(id, http.RequestAborted) is not { } account)
        {
            return Results.Challenge(authenticationSchemes: [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);
        }

        return principal!.HasScope(Scopes.Profile)
            ? Results.Json(new { sub = account.Id.ToString(), name = account.DisplayName, preferred_username = account.UserName })
            : Results.Json(new { sub = account.Id.ToString() });
    }
}
