using System.Security.Claims;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>What the provider says of whom.</summary>
internal static class ProviderClaims
{
    /// <summary>OpenID Connect Front-Channel Logout 1.0, section 3.</summary>
    public const string SignIn = "sid";

    public static ClaimsPrincipal Principal(Account account, ProviderCookie session, IEnumerable<string> scopes)
    {
        var identity = new ClaimsIdentity(ProviderRoutes.CookieScheme, Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, account.Id.ToString())
            .SetClaim(Claims.Name, account.DisplayName)
            .SetClaim(Claims.PreferredUsername, account.UserName)
            .SetClaim(Claims.AuthenticationTime, session.AuthenticatedAt.ToUnixTimeSeconds())
            .SetClaim(SignIn, session.SignInId.ToString())
            .SetScopes(scopes)
            .SetDestinations(claim => claim.Type switch
            {
                Claims.Name or Claims.PreferredUsername => identity.HasScope(Scopes.Profile) ? [Destinations.IdentityToken] : [],
                Claims.AuthenticationTime => [Destinations.IdentityToken],
                _ => [Destinations.IdentityToken, Destinations.AccessToken],
            });
        return new ClaimsPrincipal(identity);
    }
}
