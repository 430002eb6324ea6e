using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>The authorization endpoint (RFC 6749, section 3.1; OpenID Connect Core 1.0, section 3.1.2): code flow with PKCE S256 only.</summary>
internal static class AuthorizeEndpoint
{
    private const int MaxParameter = 2000;

    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet(ProviderRoutes.Authorize, HandleAsync).AllowAnonymous();

    private static async Task<IResult> HandleAsync(HttpContext http, ProviderClients clients, PortalDbFactory factory, IOptions<PortalOptions> portal, TimeProvider time)
    {
        var query = http.Request.Query;
        string? clientId = query["client_id"], redirectUri = query["redirect_uri"], state = query["state"], nonce = query["nonce"];

        // RFC 6749, section 4.1.2.1: an unknown client or redirect URI must not be redirected to.
        if (clients.Find(clientId) is not { } client || redirectUri is null || !client.RedirectUris.Contains(redirectUri, StringComparer.Ordinal))
        {
            return Results.Content("This sign-in link is not valid: the application or its return address is not registered here. Go back to the application and try again.", "text/plain", Encoding.UTF8, StatusCodes.Status400BadRequest);
        }

        if (query.Any(parameter => parameter.Value.Count > 1 || parameter.Value.ToString().Length > MaxParameter))
        {
            return Fail("invalid_request", "A parameter is given twice or is too long.");
        }

        if (query["response_type"] != "code" || (query.ContainsKey("response_mode") && query["response_mode"] != "query"))
        {
            return Fail("unsupported_response_type", "Only response_type=code is known here.");
        }

        var scopes = query["scope"].ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (!scopes.Contains("openid", StringComparer.Ordinal))
        {
            return Fail("invalid_scope", "The scope must contain openid.");
        }

        // RFC 7636, section 4.3: the challenge of a 43-character S256 hash; "plain" is not taken.
        var challenge = query["code_challenge"].ToString();
        if (query["code_challenge_method"] != "S256" || challenge.Length != 43 || !challenge.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            return Fail("invalid_request", "PKCE with S256 is needed.");
        }

        var signedIn = await http.AuthenticateAsync(ProviderRoutes.CookieScheme);
        var prompts = query["prompt"].ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (signedIn.Principal is not { } principal || prompts.Contains("login", StringComparer.Ordinal))
        {
            if (prompts.Contains("none", StringComparer.Ordinal))
            {
                return Fail("login_required", "Nobody is signed in.");
            }

            // The prompt is answered by the page, so it must not be asked again on the way back.
            var back = QueryHelpers.AddQueryString(ProviderRoutes.Authorize, query.Where(p => p.Key != "prompt").ToDictionary(p => p.Key, p => (string?)p.Value.ToString(), StringComparer.Ordinal));
            return Results.Redirect(QueryHelpers.AddQueryString(ProviderRoutes.SignIn, "returnUrl", back));
        }

        var code = WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));
        await using (var db = factory.ForSystem())
        {
            db.Add(new AuthorizationCode
            {
                CodeHash = SHA256.HashData(Encoding.ASCII.GetBytes(code)),
                ClientId = client.Id,
                RedirectUri = redirectUri,
                AccountId = Guid.Parse(principal.FindFirstValue(ClaimTypes.NameIdentifier)!),
                Nonce = nonce,
                CodeChallenge = challenge,
                Scope = string.Join(' ', scopes),
                AuthenticatedAt = signedIn.Properties?.IssuedUtc ?? time.GetUtcNow(),
                ExpiresAt = time.GetUtcNow() + AuthorizationCode.Lifetime,
            });
            await db.SaveChangesAsync(http.RequestAborted);
        }

        return Answer(new() { ["code"] = code });

        IResult Fail(string error, string description) => Answer(new() { ["error"] = error, ["error_description"] = description });

        // RFC 9207: the issuer in every answer, against mix-up.
        IResult Answer(Dictionary<string, string?> parameters)
        {
            parameters["state"] = state;
            parameters["iss"] = portal.Value.PublicUrl + ProviderRoutes.Base;
            return Results.Redirect(QueryHelpers.AddQueryString(redirectUri, parameters.Where(p => p.Value is not null)));
        }
    }
}
