using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>The token endpoint (RFC 6749, section 4.1.3; RFC 7636, section 4.6).</summary>
internal static class TokenEndpoint
{
    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapPost(ProviderRoutes.Token, HandleAsync).AllowAnonymous().DisableAntiforgery().AllowAnyOrigin();

    private static async Task<IResult> HandleAsync(HttpContext http, ProviderClients clients, ProviderKeys keys, ProviderAccounts accounts, RefusalAudit refusals, PortalDbFactory factory, IOptions<PortalOptions> portal, TimeProvider time)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (!http.Request.HasFormContentType || http.Request.ContentLength is null or > 16 * 1024)
        {
            return Fail("invalid_request", "A form of at most 16 KiB is expected.");
        }

        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        if (clients.Authenticate(http.Request.Headers.Authorization, form) is not { } client)
        {
            await refusals.ClientAsync(http, form["client_id"], "The client is unknown or its secret is wrong.");
            http.Response.Headers.WWWAuthenticate = "Basic";
            return Fail("invalid_client", "The client is unknown or its secret is wrong.", StatusCodes.Status401Unauthorized);
        }

        if (form["grant_type"] != "authorization_code")
        {
            return Fail("unsupported_grant_type", "Only authorization_code is known here.");
        }

        var now = time.GetUtcNow();
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(form["code"].ToString()));
        await using var db = factory.ForSystem();
        var codes = db.Set<AuthorizationCode>();

        // Spent before it is looked at: of two that present the same code, one gets here.
        var spent = await codes.Where(c => c.CodeHash == hash && c.UsedAt == null).ExecuteUpdateAsync(c => c.SetProperty(x => x.UsedAt, now), http.RequestAborted);
        var code = await codes.AsNoTracking().FirstOrDefaultAsync(c => c.CodeHash == hash, http.RequestAborted);
        if (code is not null && spent == 0)
        {
            await codes.Where(c => c.Id == code.Id).ExecuteUpdateAsync(c => c.SetProperty(x => x.RevokedAt, now), http.RequestAborted);
        }

        if (code is null || spent == 0 || code.ExpiresAt < now || code.ClientId != client.Id || form["redirect_uri"] != code.RedirectUri || !ProvesChallenge(form["code_verifier"].ToString(), code.CodeChallenge))
        {
            await refusals.ClientAsync(http, client.Id, "The code is unknown, expired, spent, or was made for something else.");
            return Fail("invalid_grant", "The code is unknown, expired, spent, or was made for something else.");
        }

        if (await accounts.FindAsync(code.AccountId, http.RequestAborted) is not { } account)
        {
            return Fail("invalid_grant", "The account is gone or disabled.");
        }

        var issuer = portal.Value.PublicUrl + ProviderRoutes.Base;
        var (iat, exp) = (now.ToUnixTimeSeconds(), (now + AccessToken.Lifetime).ToUnixTimeSeconds());
        return Results.Json(new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["token_type"] = "Bearer",
            ["expires_in"] = (int)AccessToken.Lifetime.TotalSeconds,
            ["scope"] = code.Scope,
            ["access_token"] = keys.Sign(new AccessToken(issuer, account.Id.ToString(), issuer, client.Id, iat, exp, Guid.NewGuid().ToString("N"), code.Scope, code.Id), AccessToken.Type),
            ["id_token"] = keys.Sign(
                new IdToken(issuer, account.Id.ToString(), client.Id, iat, exp, code.AuthenticatedAt.ToUnixTimeSeconds(), code.Nonce, code.SignInId?.ToString(), account.DisplayName, account.UserName!),
                IdToken.Type),
        });
    }

    private static bool ProvesChallenge(string verifier, string challenge) =>
        verifier.Length is >= 43 and <= 128
        && CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)))),
            Encoding.ASCII.GetBytes(challenge));

    private static IResult Fail(string error, string description, int status = StatusCodes.Status400BadRequest) =>
        Results.Json(new TokenError(error, description), statusCode: status);
}
