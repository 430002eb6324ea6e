using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>OpenID Connect Core 1.0, section 5.3; the token by RFC 6750, section 2.1.</summary>
internal static class UserInfoEndpoint
{
    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapMethods(ProviderRoutes.UserInfo, ["GET", "POST"], HandleAsync).AllowAnonymous().DisableAntiforgery().AllowAnyOrigin();

    private static async Task<IResult> HandleAsync(HttpContext http, ProviderKeys keys, ProviderAccounts accounts, PortalDbFactory factory, IOptions<PortalOptions> portal, TimeProvider time)
    {
        var bearer = http.Request.Headers.Authorization.ToString();
        var token = bearer.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? keys.Verify<AccessToken>(bearer[7..].Trim(), AccessToken.Type) : null;
        if (token is not null && token.Iss == portal.Value.PublicUrl + ProviderRoutes.Base && token.Exp > time.GetUtcNow().ToUnixTimeSeconds())
        {
            await using var db = factory.ForSystem();
            var valid = await db.Set<AuthorizationCode>().AnyAsync(c => c.Id == token.Code && c.RevokedAt == null, http.RequestAborted);
            if (valid && Guid.TryParse(token.Sub, out var id) && await accounts.FindAsync(id, http.RequestAborted) is { } account)
            {
                return Results.Json(new { sub = token.Sub, name = account.DisplayName, preferred_username = account.UserName });
            }
        }

        http.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        return Results.StatusCode(StatusCodes.Status401Unauthorized);
    }
}
