using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>The authorization endpoint (RFC 6749, section 3.1; OpenID Connect Core 1.0, section 3.1.2): code flow with PKCE S256 only.</summary>
internal static class AuthorizeEndpoint
{
    private const int MaxParameter = 2000;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(ProviderRoutes.Authorize, HandleAsync).AllowAnonymous();
        PostAsGet.Map(endpoints, ProviderRoutes.Authorize);
    }

    private static async Task<IResult> HandleAsync(HttpContext http, ProviderClients clients, AccountNotices notices, RefusalAudit refusals, PortalDbFactory factory, IOptions<PortalOptions> portal, TimeProvider time)
    {
        var query = http.Request.Query;
        string? clientId = query["client_id"], redirectUri = query["redirect_uri"], state = query["state"];

        // RFC 6749, section 4.1.2.1: an unknown client or redirect URI must not be redirected to.
        if (clients.Find(clientId) is not { } client || redirectUri is null || !client.RedirectUris.Contains(redirectUri, StringComparer.Ordinal))
        {
            await refusals.ClientAsync(http, clientId, "The client or its return address is not registered.");
            return Results.Content("This sign-in link is not valid: the application or its return address is not registered here. Go back to the application and try again.", "text/plain", Encoding.UTF8, StatusCodes.Status400BadRequest);
        }

        if (Refusal(query) is var (error, description))
        {
            return Fail(error, description);
        }

        var now = time.GetUtcNow();
        var session = ProviderCookie.Of((await http.AuthenticateAsync(ProviderRoutes.CookieScheme)).Principal);
        var prompts = Words(query["prompt"]);
        if (session is null || prompts.Contains("login") || prompts.Contains("select_account") || (MaxAge(query) is { } maxAge && now - session.AuthenticatedAt > maxAge))
        {
            if (prompts.Contains("none"))
            {
                return Fail("login_required", "Nobody is signed in, or was too long ago.");
            }

            // Both are answered by the page, so they must not be asked again on the way back; the client sees auth_time.
            var asked = query.Where(p => p.Key is not ("prompt" or "max_age")).ToDictionary(p => p.Key, p => (string?)p.Value.ToString(), StringComparer.Ordinal);
            return Results.Redirect(QueryHelpers.AddQueryString(ProviderRoutes.SignIn, "returnUrl", QueryHelpers.AddQueryString(ProviderRoutes.Authorize, asked)));
        }

        if (await notices.NextAsync(session.AccountId, http.RequestAborted) is { } notice)
        {
            return prompts.Contains("none")
                ? Fail("interaction_required", "There is something for the account's owner to do or to read first.")
                : Results.LocalRedirect(QueryHelpers.AddQueryString(notice, "returnUrl", http.Request.Path + http.Request.QueryString));
        }

        var code = WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));
        await using (var db = factory.ForSystem())
        {
            await db.Set<AuthorizationCode>().Where(c => c.ExpiresAt < now - AuthorizationCode.Kept).ExecuteDeleteAsync(http.RequestAborted);
            db.Add(new AuthorizationCode
            {
                CodeHash = SHA256.HashData(Encoding.ASCII.GetBytes(code)),
                ClientId = client.Id,
                RedirectUri = redirectUri,
                AccountId = session.AccountId,
                SignInId = session.SignInId,
                Nonce = query["nonce"],
                CodeChallenge = query["code_challenge"].ToString(),
                Scope = string.Join(' ', Words(query["scope"])),
                AuthenticatedAt = session.AuthenticatedAt,
                ExpiresAt = now + AuthorizationCode.Lifetime,
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

    /// <summary>What the client did wrong, as RFC 6749, section 4.1.2.1, and OpenID Connect Core 1.0, section 3.1.2.6, name it; null when nothing.</summary>
    private static (string Error, string Description)? Refusal(IQueryCollection query)
    {
        if (query.Any(parameter => parameter.Value.Count > 1 || parameter.Value.ToString().Length > MaxParameter))
        {
            return ("invalid_request", "A parameter is given twice or is too long.");
        }

        if (query.ContainsKey("request"))
        {
            return ("request_not_supported", "Request objects are not known here.");
        }

        if (query.ContainsKey("request_uri"))
        {
            return ("request_uri_not_supported", "Request objects are not known here.");
        }

        if (query["response_type"] != "code" || (query.ContainsKey("response_mode") && query["response_mode"] != "query"))
        {
            return ("unsupported_response_type", "Only response_type=code is known here.");
        }

        if (!Words(query["scope"]).Contains("openid"))
        {
            return ("invalid_scope", "The scope must contain openid.");
        }

        // RFC 7636, section 4.3: the challenge of a 43-character S256 hash; "plain" is not taken.
        var challenge = query["code_challenge"].ToString();
        if (query["code_challenge_method"] != "S256" || challenge.Length != 43 || !challenge.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            return ("invalid_request", "PKCE with S256 is needed.");
        }

        var prompts = Words(query["prompt"]);
        return (query.ContainsKey("max_age") && MaxAge(query) is null) || (prompts.Contains("none") && prompts.Count > 1)
            ? ("invalid_request", "max_age is a number of seconds, and prompt=none stands alone.")
            : null;
    }

    private static HashSet<string> Words(string? text) => new((text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);

    private static TimeSpan? MaxAge(IQueryCollection query) =>
        uint.TryParse(query["max_age"], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : null;
}
