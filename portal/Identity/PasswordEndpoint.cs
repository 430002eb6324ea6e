using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Sallyport.Portal.Identity.Provider;
using Sallyport.Portal.Identity.SignIn;

namespace Sallyport.Portal.Identity;

/// <summary>Takes the password page's form. Whoever changes it signs in with it at once, which shows that it is the one they meant.</summary>
internal static class PasswordEndpoint
{
    public const string Route = "/password";

    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapPost(Route, async (
        HttpContext http,
        Passwords passwords,
        IAntiforgery antiforgery,
        [FromForm] string? current,
        [FromForm] string? next,
        [FromForm] string? repeated) =>
    {
        if (!await antiforgery.IsRequestValidAsync(http))
        {
            return Again("stale");
        }

        if (next != repeated)
        {
            return Again("differ");
        }

        var result = await passwords.ChangeAsync(http.ToActor(), current ?? "", next ?? "", http.RequestAborted);
        if (result.Change != PasswordChange.Done)
        {
            return Again(result.Change.ToString().ToLowerInvariant(), result.Wait);
        }

        await http.SignOutAsync(SignInRoutes.CookieScheme);
        await http.SignOutAsync(ProviderRoutes.CookieScheme);
        return Results.LocalRedirect(SignInRoutes.Start);
    }).RequireAuthorization(Policies.SignedIn).DisableAntiforgery().RequireRateLimiting(IdentityFeature.SignInLimit);

    private static IResult Again(string error, TimeSpan wait = default) =>
        Results.LocalRedirect(QueryHelpers.AddQueryString(Route, new Dictionary<string, string?> { ["error"] = error, ["wait"] = WaitTime.ToQuery(wait) }));
}
