using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>Where a sign-in begins and ends; between, the framework's handler has the word (<see cref="SignInEvents"/>).</summary>
internal static class SignInEndpoints
{
    /// <summary>It travels sealed in the provider's answer, whose length browsers and proxies bound.</summary>
    private const int MaxReturnUrl = 1000;

    private const int MaxEmail = 320;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(SignInRoutes.Start, Start).AllowAnonymous().RequireRateLimiting(IdentityFeature.StartLimit);
        endpoints.MapPost(SignInRoutes.Choose, Choose).AllowAnonymous().RequireRateLimiting(IdentityFeature.SignInLimit);

        // The handler answers before the end point does, which is there for the rate limit and for who may ask.
        foreach (var callback in new[] { SignInRoutes.Callback, SignInRoutes.Callback + "/{provider}" })
        {
            endpoints.MapGet(callback, () => Results.LocalRedirect($"{SignInRoutes.Refused}?why=failed")).AllowAnonymous().RequireRateLimiting(IdentityFeature.SignInLimit);
        }

        BackChannelLogoutEndpoint.Map(endpoints);
        endpoints.MapPost(SignInRoutes.Out, SignOutAsync).RequireAuthorization(Policies.SignedIn);
    }

    /// <param name="with">The scheme of the provider; null: the only one, or whichever is chosen on the page.</param>
    /// <param name="hint">The address that somebody typed, for the provider not to ask again (OpenID Connect Core 1.0, section 3.1.2.1, login_hint). It proves nothing.</param>
    private static IResult Start(SignInProviders providers, string? returnUrl, string? with, string? hint)
    {
        if (providers.Find(with ?? (providers.HasAdded ? null : SignInProvider.Default)) is not { } provider)
        {
            return Results.LocalRedirect(QueryHelpers.AddQueryString(SignInRoutes.Choose, "returnUrl", Local(returnUrl)));
        }

        var properties = new AuthenticationProperties { RedirectUri = Local(returnUrl) };
        properties.SetParameter(OpenIdConnectParameterNames.LoginHint, IsHint(hint) ? hint : null);
        return Results.Challenge(properties, [provider.Scheme]);
    }

    private static IResult Choose(SignInProviders providers, [FromForm] string? email, [FromForm] string? returnUrl) => IsHint(email?.Trim()) && providers.AtHome(email!) is { } provider
        ? LeavingPage.To("Signing in", QueryHelpers.AddQueryString(SignInRoutes.Start, new Dictionary<string, string?> { ["with"] = provider.Scheme, ["hint"] = email!.Trim(), ["returnUrl"] = Local(returnUrl) }), "Go on to your company's sign-in service")
        : Results.LocalRedirect(QueryHelpers.AddQueryString(SignInRoutes.Choose, new Dictionary<string, string?> { ["error"] = "unknown", ["returnUrl"] = Local(returnUrl) }));

    private static async Task<IResult> SignOutAsync(HttpContext http, SignInProviders providers, SignIns signIns, [FromForm(Name = "__RequestVerificationToken")] string? antiforgery)
    {
        _ = antiforgery; // binding a form field is what makes the framework check the token
        var actor = http.ToActor();
        var scheme = (await http.AuthenticateAsync(SignInRoutes.CookieScheme)).Properties?.Items.TryGetValue(SignInProvider.Default, out var used) == true ? used : SignInProvider.Default;
        await http.SignOutAsync(SignInRoutes.CookieScheme);
        await signIns.EndAsync(actor.UserId, actor.SignInId!.Value, SignInEnd.SignedOut, actor, CancellationToken.None);
        try
        {
            if (providers.Find(scheme) is null)
            {
                return Results.LocalRedirect("/");
            }

            await http.SignOutAsync(scheme);
            return Results.Empty;
        }
        catch (ProviderUnavailableException)
        {
            return Results.LocalRedirect("/");
        }
    }

    private static bool IsHint(string? text) => text is { Length: > 0 and <= MaxEmail } && !text.Any(char.IsControl);

    // Only a path of this portal: no scheme, no host, no "//" or "/\" that a browser reads as one.
    private static string Local(string? url) =>
        url is ['/', ..] && url.Length <= MaxReturnUrl && !(url.Length > 1 && url[1] is '/' or '\\') && !url.Any(char.IsControl) ? url : "/";
}
