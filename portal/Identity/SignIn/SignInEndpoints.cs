using System.Net.Http.Headers;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Audit;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>The portal as relying party of whatever provider is configured: authorization code flow with PKCE, state and nonce.</summary>
internal static partial class SignInEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(SignInRoutes.Start, StartAsync).AllowAnonymous();
        endpoints.MapGet(SignInRoutes.Callback, CallbackAsync).AllowAnonymous().RequireRateLimiting(IdentityFeature.SignInLimit);
        endpoints.MapPost(SignInRoutes.Out, SignOutAsync).RequireAuthorization(Policies.SignedIn);
    }

    private static async Task<IResult> StartAsync(HttpContext http, ProviderMetadata provider, IDataProtectionProvider protection, IOptions<PortalOptions> portal, IOptions<RelyingPartyOptions> options, ILoggerFactory logs, string? returnUrl)
    {
        try
        {
            var document = await provider.DocumentAsync(http.RequestAborted);
            var transaction = new SignInTransaction(Random(), Random(), Random(), Local(returnUrl));
            transaction.Keep(http, protection);
            return Results.Redirect(QueryHelpers.AddQueryString(document.AuthorizationEndpoint, new Dictionary<string, string?>
            {
                ["response_type"] = "code",
                ["client_id"] = provider.ClientId,
                ["redirect_uri"] = portal.Value.PublicUrl + SignInRoutes.Callback,
                ["scope"] = options.Value.Scopes,
                ["state"] = transaction.State,
                ["nonce"] = transaction.Nonce,
                ["code_challenge"] = WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(transaction.Verifier))),
                ["code_challenge_method"] = "S256",
            }));
        }
        catch (SignInException e)
        {
            Log.Failed(logs.CreateLogger(typeof(SignInEndpoints)), e.Message);
            return Results.LocalRedirect($"{SignInRoutes.Refused}?why=provider");
        }
    }

    private static async Task<IResult> CallbackAsync(
        HttpContext http,
        ProviderMetadata provider,
        IdTokenValidator validator,
        UserDirectory users,
        IDataProtectionProvider protection,
        IOptions<PortalOptions> portal,
        AuditLog audit,
        ILoggerFactory logs)
    {
        var query = http.Request.Query;
        var address = http.Connection.RemoteIpAddress?.ToString();
        try
        {
            var transaction = SignInTransaction.Take(http, protection, query["state"]) ?? throw new SignInException("The answer belongs to no sign-in that this browser began (state).");
            var document = await provider.DocumentAsync(http.RequestAborted);

            // RFC 9207, section 2.4: against mix-up of providers.
            if (query.ContainsKey("iss") ? query["iss"] != document.Issuer : document.AnswersWithIssuer)
            {
                throw new SignInException("The answer comes from another provider (iss).");
            }

            if (query.ContainsKey("error") || query["code"].ToString() is not { Length: > 0 and < 2000 } code)
            {
                throw new SignInException($"The provider refused: {Short(query["error"])} {Short(query["error_description"])}");
            }

            var idToken = await RedeemAsync(provider, document, code, transaction.Verifier, portal.Value.PublicUrl + SignInRoutes.Callback, http.RequestAborted);
            var claims = await validator.ValidateAsync(idToken, transaction.Nonce, http.RequestAborted);
            var user = await users.FindOrAddAsync(document.Issuer, claims, http.RequestAborted);
            if (user is null or { DisabledAt: not null })
            {
                var name = Short(claims.TryGetProperty("name", out var n) ? n.ToString() : claims.GetProperty("sub").ToString());
                await audit.AppendAsync(
                    AuditEvent.BySystem(name, user?.TenantId, AuditAction.SignIn, "user", user?.Id.ToString() ?? "", name, AuditResult.Refused, user is null ? "Not a user of this portal." : "The user is disabled.") with { Address = address },
                    http.RequestAborted);
                return Results.LocalRedirect($"{SignInRoutes.Refused}?why={(user is null ? "unknown" : "disabled")}");
            }

            var principal = PortalCookie.Principal(user);
            var properties = new AuthenticationProperties();
            properties.StoreTokens([new AuthenticationToken { Name = "id_token", Value = idToken }]);
            await http.SignInAsync(SignInRoutes.CookieScheme, principal, properties);
            await audit.AppendAsync(AuditEvent.By(principal.ToActor(address), AuditAction.SignIn, "user", user.Id, user.Name), http.RequestAborted);
            return Results.LocalRedirect(transaction.ReturnUrl);
        }
        catch (SignInException e)
        {
            Log.Failed(logs.CreateLogger(typeof(SignInEndpoints)), e.Message);
            await audit.AppendAsync(
                AuditEvent.BySystem("(unknown)", null, AuditAction.SignIn, "user", "", "(unknown)", AuditResult.Refused, e.Message) with { Address = address },
                http.RequestAborted);
            return Results.LocalRedirect($"{SignInRoutes.Refused}?why=failed");
        }
    }

    private static async Task<IResult> SignOutAsync(HttpContext http, ProviderMetadata provider, IOptions<PortalOptions> portal, AuditLog audit, [FromForm(Name = "__RequestVerificationToken")] string? antiforgery)
    {
        _ = antiforgery; // binding a form field is what makes the framework check the token
        var idToken = await http.GetTokenAsync(SignInRoutes.CookieScheme, "id_token");
        var actor = http.User.ToActor(http.Connection.RemoteIpAddress?.ToString());
        await http.SignOutAsync(SignInRoutes.CookieScheme);
        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.SignOut, "user", actor.UserId, actor.Name), http.RequestAborted);
        try
        {
            var document = await provider.DocumentAsync(http.RequestAborted);
            return document.EndSessionEndpoint is { } end && idToken is not null
                ? Results.Redirect(QueryHelpers.AddQueryString(end, new Dictionary<string, string?> { ["id_token_hint"] = idToken, ["post_logout_redirect_uri"] = portal.Value.PublicUrl + "/" }))
                : Results.LocalRedirect("/");
        }
        catch (SignInException)
        {
            return Results.LocalRedirect("/");
        }
    }

    private static async Task<string> RedeemAsync(ProviderMetadata provider, DiscoveryDocument document, string code, string verifier, string redirectUri, CancellationToken cancellationToken)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirectUri, ["code_verifier"] = verifier };
        using var request = new HttpRequestMessage(HttpMethod.Post, document.TokenEndpoint);
        if (provider.ClientSecret is { } secret)
        {
            // RFC 6749, section 2.3.1: form-encoded first, then Basic.
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Uri.EscapeDataString(provider.ClientId)}:{Uri.EscapeDataString(secret)}")));
        }
        else
        {
            form["client_id"] = provider.ClientId;
        }

        request.Content = new FormUrlEncodedContent(form);
        try
        {
            using var client = provider.Client();
            using var response = await client.SendAsync(request, cancellationToken);
            var answer = JsonElement.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
            return response.IsSuccessStatusCode && answer.TryGetProperty("id_token", out var token) && token.GetString() is { } text
                ? text
                : throw new SignInException($"The provider gave no ID token: {(answer.TryGetProperty("error", out var error) ? Short(error.ToString()) : response.StatusCode.ToString())}");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or TaskCanceledException or InvalidOperationException)
        {
            throw new SignInException($"The provider's token endpoint did not answer: {e.Message}", e);
        }
    }

    // Only a path of this portal: no scheme, no host, no "//" or "/\" that a browser reads as one.
    private static string Local(string? url) =>
        url is ['/', ..] && url.Length < 2000 && !(url.Length > 1 && url[1] is '/' or '\\') && !url.Any(char.IsControl) ? url : "/";

    private static string Random() => WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));

    private static string Short(string? text) => text is null ? "" : text.Length > 100 ? text[..100] : text;

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Sign-in failed: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
