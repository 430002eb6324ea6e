using System.Globalization;
using System.Text;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.WebUtilities;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>
/// The authorization endpoint (RFC 6749, section 3.1; OpenID Connect Core 1.0, section 3.1.2). OpenIddict has looked at the request; here it
/// is decided whether a person has to do something first.
/// </summary>
internal static class AuthorizeEndpoint
{
    /// <summary>SHA-256 in base64url.</summary>
    private const int ChallengeLength = 43;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(ProviderRoutes.Authorize, HandleAsync).AllowAnonymous();
        PostAsGet.Map(endpoints, ProviderRoutes.Authorize);
    }

    private static async Task<IResult> HandleAsync(HttpContext http, AccountNotices notices, ProviderAccounts accounts, ClientLogouts logouts, TimeProvider time)
    {
        if (http.GetOpenIddictServerResponse() is { Error: { } fault } response)
        {
            // RFC 6749, section 4.1.2.1: an unknown client or address must not be redirected to.
            return Results.Content($"This sign-in link is not valid ({fault}). Go back to the application and try again. For those who look after it: {response.ErrorDescription}", "text/plain", Encoding.UTF8, StatusCodes.Status400BadRequest);
        }

        // RFC 6749, section 3.1, and RFC 7636, section 4.2: OpenIddict takes lists, and challenges that no verifier fits.
        var request = http.GetOpenIddictServerRequest()!;
        if (request.GetParameters().Any(parameter => parameter.Value.Count > 1) || request.CodeChallenge is not { Length: ChallengeLength })
        {
            return Fail(Errors.InvalidRequest, "A parameter is given twice, or the challenge is not that of S256.");
        }

        if (!request.HasScope(Scopes.OpenId))
        {
            return Fail(Errors.InvalidScope, "The scope must contain openid.");
        }

        var maxAge = (string?)request[Parameters.MaxAge] is { } text ? (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : TimeSpan.MinValue) : (TimeSpan?)null;
        if (maxAge == TimeSpan.MinValue)
        {
            return Fail(Errors.InvalidRequest, "max_age is a number of seconds.");
        }

        var session = await AccountNotices.SessionAsync(http);
        var account = session is null ? null : await accounts.FindAsync(session.AccountId, http.RequestAborted);
        var isAnswered = session?.AuthenticatedAt >= PushedAt(http);
        if (session is null || account is null || (!isAnswered && (request.HasPromptValue(PromptValues.Login) || request.HasPromptValue(PromptValues.SelectAccount) || time.GetUtcNow() - session.AuthenticatedAt > maxAge)))
        {
            if (request.HasPromptValue(PromptValues.None))
            {
                return Fail(Errors.LoginRequired, "Nobody is signed in, or was too long ago.");
            }

            // Both are answered by the page, so they must not be asked again on the way back; the client sees auth_time. In a pushed request they stay.
            var asked = http.Request.Query.Where(p => p.Key is not (Parameters.Prompt or Parameters.MaxAge)).ToDictionary(p => p.Key, p => (string?)p.Value.ToString(), StringComparer.Ordinal);
            return Results.Redirect(QueryHelpers.AddQueryString(ProviderRoutes.SignIn, new Dictionary<string, string?> { ["userName"] = request.LoginHint, ["returnUrl"] = QueryHelpers.AddQueryString(ProviderRoutes.Authorize, asked) }));
        }

        if (await notices.NextAsync(session.AccountId, http.RequestAborted) is { } notice)
        {
            return request.HasPromptValue(PromptValues.None)
                ? Fail(Errors.InteractionRequired, "There is something for the account's owner to do or to read first.")
                : Results.LocalRedirect(QueryHelpers.AddQueryString(notice, "returnUrl", http.Request.Path + http.Request.QueryString));
        }

        await logouts.PromiseAsync(request.ClientId!, session.SignInId, http.RequestAborted);
        return Results.SignIn(ProviderClaims.Principal(account, session, request.GetScopes()), null, OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
    }

    /// <summary>When the client pushed this request (RFC 9126), to the second; null when it came by the browser alone.</summary>
    private static DateTimeOffset? PushedAt(HttpContext http) => http.Features.Get<OpenIddictServerAspNetCoreFeature>()?.Transaction?
        .GetProperty<ProcessAuthenticationContext>(typeof(ProcessAuthenticationContext).FullName!)?.RequestTokenPrincipal?.GetCreationDate();

    private static IResult Fail(string error, string description) => Results.Forbid(
        new AuthenticationProperties(new Dictionary<string, string?>
        {
            [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
            [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
        }),
        [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);
}
