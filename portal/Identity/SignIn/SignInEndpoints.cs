using System.Net;
using System.Security.Cryptography;
using System.Text;
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
            transaction.Keep(http, protection, portal.Value.IsHttps);
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
            return Refused(e, logs);
        }
    }

    private static async Task<IResult> CallbackAsync(
        HttpContext http,
        ProviderMetadata provider,
        ProviderTokens tokens,
        IdTokenValidator validator,
        UserDirectory users,
        SignIns signIns,
        IDataProtectionProvider protection,
        IOptions<PortalOptions> portal,
        IOptions<RelyingPartyOptions> options,
        AuditLog audit,
        TimeProvider time,
        ILoggerFactory logs)
    {
        var query = http.Request.Query;
        var address = http.Connection.RemoteIpAddress?.ToString();
        try
        {
            var transaction = SignInTransaction.Take(http, protection, portal.Value.IsHttps, query["state"]) ?? throw new SignInException(SignInFault.Answer, "The answer belongs to no sign-in that this browser began (state).");
            var document = await provider.DocumentAsync(http.RequestAborted);

            // RFC 9207, section 2.4: against mix-up of providers.
            if (query.ContainsKey("iss") ? query["iss"] != document.Issuer : document.AnswersWithIssuer)
            {
                throw new SignInException(SignInFault.Answer, "The answer comes from another provider (iss).");
            }

            if (query.ContainsKey("error") || query["code"].ToString() is not { Length: > 0 and < 2000 } code)
            {
                throw new SignInException(SignInFault.Answer, $"The provider refused: {Short(query["error"])} {Short(query["error_description"])}");
            }

            var redeemed = await tokens.RedeemAsync(code, transaction.Verifier, portal.Value.PublicUrl + SignInRoutes.Callback, http.RequestAborted);
            var identity = await validator.ValidateAsync(redeemed.IdToken, transaction.Nonce, http.RequestAborted);
            var user = await users.FindAsync(identity, http.RequestAborted);
            if (user is null && options.Value.TenantId is not null)
            {
                user = await users.AddAsync(identity.Has("name") && identity.Has(options.Value.RoleClaim) ? identity : await tokens.CompleteAsync(identity, redeemed.AccessToken, http.RequestAborted), http.RequestAborted);
            }
            else if (user is { DisabledAt: null } && users.FollowsProvider(user))
            {
                user = await users.FollowAsync(user, identity.Has(options.Value.RoleClaim) ? identity : await tokens.CompleteAsync(identity, redeemed.AccessToken, http.RequestAborted), http.RequestAborted);
            }

            if (user is null or { DisabledAt: not null } or { Roles: [] })
            {
                var name = Short(identity.Name);
                await audit.AppendAsync(
                    AuditEvent.BySystem(name, user?.TenantId, AuditAction.SignIn, "user", user?.Id.ToString() ?? "", name, AuditResult.Refused, user is null ? "Not a user of this portal." : user.DisabledAt is null ? "The company's provider gives them no role here any more." : "The user is disabled.") with { Address = address },
                    http.RequestAborted);
                return Results.LocalRedirect($"{SignInRoutes.Refused}?why={(user is null ? "unknown" : user.DisabledAt is null ? "norole" : "disabled")}");
            }

            var since = Since(identity.AuthenticatedAt, time.GetUtcNow(), options.Value.SessionLimit);
            var signIn = await signIns.BeginAsync(user, since, users.IsEmbedded(user) ? identity.SessionId : null, address, http.Request.Headers.UserAgent, http.RequestAborted);
            if (PortalClaims.SignInOf((await http.AuthenticateAsync(SignInRoutes.CookieScheme)).Principal) is var (earlierUser, earlier))
            {
                // The browser forgets the older one: once it has the new cookie, by which its open pages load again.
                http.Response.OnCompleted(() => signIns.ReplaceAsync(earlierUser, earlier, signIn, CancellationToken.None));
            }

            var principal = PortalCookie.Principal(user, signIn);
            var properties = new AuthenticationProperties();
            properties.StoreTokens([new AuthenticationToken { Name = "id_token", Value = redeemed.IdToken }]);
            await http.SignInAsync(SignInRoutes.CookieScheme, principal, properties);
            await audit.AppendAsync(AuditEvent.By(principal.ToActor(address), AuditAction.SignIn, "user", user.Id, user.Name), http.RequestAborted);
            return Results.LocalRedirect(transaction.ReturnUrl);
        }
        catch (SignInException e)
        {
            // The audit log forgets nothing, so what anybody can cause without a provider's word stays out of it.
            if (e.Fault == SignInFault.Token)
            {
                await audit.AppendAsync(
                    AuditEvent.BySystem("(unknown)", null, AuditAction.SignIn, "user", "", "(unknown)", AuditResult.Refused, e.Message) with { Address = address },
                    http.RequestAborted);
            }

            return Refused(e, logs);
        }
    }

    private static async Task<IResult> SignOutAsync(HttpContext http, ProviderMetadata provider, SignIns signIns, IOptions<PortalOptions> portal, [FromForm(Name = "__RequestVerificationToken")] string? antiforgery)
    {
        _ = antiforgery; // binding a form field is what makes the framework check the token
        var idToken = await http.GetTokenAsync(SignInRoutes.CookieScheme, "id_token");
        var actor = http.ToActor();
        await http.SignOutAsync(SignInRoutes.CookieScheme);
        await signIns.EndAsync(actor.UserId, actor.SignInId!.Value, SignInEnd.SignedOut, actor, CancellationToken.None);
        try
        {
            var document = await provider.DocumentAsync(http.RequestAborted);
            return document.EndSessionEndpoint is { } end && idToken is not null
                ? Onward(QueryHelpers.AddQueryString(end, new Dictionary<string, string?> { ["id_token_hint"] = idToken, ["post_logout_redirect_uri"] = portal.Value.PublicUrl + "/" }))
                : Results.LocalRedirect("/");
        }
        catch (SignInException)
        {
            return Results.LocalRedirect("/");
        }
    }

    private static IResult Refused(SignInException e, ILoggerFactory logs)
    {
        Log.Failed(logs.CreateLogger(typeof(SignInEndpoints)), e.Message);
        return Results.LocalRedirect($"{SignInRoutes.Refused}?why={(e.Fault == SignInFault.Provider ? "provider" : "failed")}");
    }

    // A page, not a redirect: browsers hold a form's redirects to the form-action of our Content-Security-Policy, which is us.
    private static IResult Onward(string url) => Results.Content(
        $"""<!doctype html><html lang="en"><title>Signing out</title><meta http-equiv="refresh" content="0;url={WebUtility.HtmlEncode(url)}"><p><a href="{WebUtility.HtmlEncode(url)}">Go on to the sign-in service</a>, which signs you out.</p></html>""",
        "text/html",
        Encoding.UTF8);

    // A session is as old as the password behind it, unless that was typed before any session of ours could have begun.
    private static DateTimeOffset Since(DateTimeOffset? authenticatedAt, DateTimeOffset now, TimeSpan limit) =>
        authenticatedAt is { } at && at <= now && now - at < limit ? at : now;

    // Only a path of this portal: no scheme, no host, no "//" or "/\" that a browser reads as one.
    private static string Local(string? url) =>
        url is ['/', ..] && url.Length < 2000 && !(url.Length > 1 && url[1] is '/' or '\\') && !url.Any(char.IsControl) ? url : "/";

    private static string Random() => WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));

    private static string Short(string? text) => string.Concat((text ?? "").Where(c => !char.IsControl(c)).Take(100));

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Sign-in failed: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
