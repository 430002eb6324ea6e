using Microsoft.IdentityModel.Tokens;
using Sallyport.Portal.Audit;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>
/// Where a provider says that somebody has signed out there, or was shut out (OpenID Connect Back-Channel Logout 1.0, section 2.5). Their
/// sign-ins here end, with everything that runs by them, before the provider gets its answer.
/// </summary>
internal static class BackChannelLogoutEndpoint
{
    private const int MaxForm = 16 * 1024;

    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost(SignInRoutes.BackChannelLogout, HandleAsync).AllowAnonymous().DisableAntiforgery().AllowAnyOrigin().RequireRateLimiting(IdentityFeature.BackChannelLimit);

    private static async Task<IResult> HandleAsync(HttpContext http, LogoutTokens tokens, ProviderLogouts logouts, RefusalAudit refusals)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (!http.Request.HasFormContentType || http.Request.ContentLength is null or > MaxForm)
        {
            return Refused("A form of at most 16 KiB is expected.");
        }

        try
        {
            var form = await http.Request.ReadFormAsync(http.RequestAborted);
            await logouts.EndAsync(await tokens.TakeAsync(form["logout_token"].ToString(), http.RequestAborted));
            return Results.Ok();
        }
        catch (SecurityTokenException e)
        {
            await refusals.ClientAsync(http, SignInRoutes.BackChannelLogout, $"A logout token is not to be believed: {SignInEvents.Short(e.Message)}");
            return Refused("The logout token is not believed; the portal's audit log says why.");
        }
        catch (ProviderUnavailableException)
        {
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }
    }

    // Section 2.8.
    private static IResult Refused(string why) => Results.Json(new Dictionary<string, string>(StringComparer.Ordinal) { ["error"] = "invalid_request", ["error_description"] = why }, statusCode: StatusCodes.Status400BadRequest);
}
