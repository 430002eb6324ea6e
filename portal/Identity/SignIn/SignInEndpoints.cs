using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>Where a sign-in begins and ends; between, the framework's handler has the word (<see cref="SignInEvents"/>).</summary>
internal static class SignInEndpoints
{
    /// <summary>It travels sealed in the provider's answer, whose length browsers and proxies bound.</summary>
    private const int MaxReturnUrl = 1000;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(SignInRoutes.Start, (string? returnUrl) => Results.Challenge(new AuthenticationProperties { RedirectUri = Local(returnUrl) }, [SignInProvider.Default])).AllowAnonymous();

        // The handler answers before the end point does, which is there for the rate limit and for who may ask.
        endpoints.MapGet(SignInRoutes.Callback, () => Results.LocalRedirect($"{SignInRoutes.Refused}?why=failed")).AllowAnonymous().RequireRateLimiting(IdentityFeature.SignInLimit);
        BackChannelLogoutEndpoint.Map(endpoints);
        endpoints.MapPost(SignInRoutes.Out, SignOutAsync).RequireAuthorization(Policies.SignedIn);
    }

    private static async Task<IResult> SignOutAsync(HttpContext http, SignIns signIns, [FromForm(Name = "__RequestVerificationToken")] string? antiforgery)
    {
        _ = antiforgery; // binding a form field is what makes the framework check the token
        var actor = http.ToActor();
        await http.SignOutAsync(SignInRoutes.CookieScheme);
        await signIns.EndAsync(actor.UserId, actor.SignInId!.Value, SignInEnd.SignedOut, actor, CancellationToken.None);
        try
        {
            await http.SignOutAsync(SignInProvider.Default);
            return Results.Empty;
        }
        catch (ProviderUnavailableException)
        {
            return Results.LocalRedirect("/");
        }
    }

    // Only a path of this portal: no scheme, no host, no "//" or "/\" that a browser reads as one.
    private static string Local(string? url) =>
        url is ['/', ..] && url.Length <= MaxReturnUrl && !(url.Length > 1 && url[1] is '/' or '\\') && !url.Any(char.IsControl) ? url : "/";
}
