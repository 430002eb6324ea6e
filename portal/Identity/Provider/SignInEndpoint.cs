using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Sallyport.Portal.Audit;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>Takes the sign-in page's form: name and password, with lockout after five failures.</summary>
internal static class SignInEndpoint
{
    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapPost(ProviderRoutes.SignIn, HandleAsync).AllowAnonymous().RequireRateLimiting(IdentityFeature.SignInLimit);

    private static async Task<IResult> HandleAsync(
        HttpContext http,
        [FromForm(Name = "userName")] string? userName,
        [FromForm] string? password,
        [FromForm(Name = "returnUrl")] string? returnUrl,
        UserManager<Account> accounts,
        AuditLog audit)
    {
        var back = returnUrl is not null && returnUrl.StartsWith(ProviderRoutes.Authorize + "?", StringComparison.Ordinal) ? returnUrl : "/";
        var account = userName is { Length: > 0 and <= 100 } ? await accounts.FindByNameAsync(userName) : null;
        if (account is null)
        {
            // As much work as for a real account, so that names cannot be told apart by time.
            accounts.PasswordHasher.VerifyHashedPassword(null!, DummyHash, password ?? "");
            return await RefuseAsync("wrong", userName ?? "", "Unknown user name or wrong password.");
        }

        if (await accounts.IsLockedOutAsync(account))
        {
            return await RefuseAsync("locked", account.UserName!, "The account is locked after too many failures.");
        }

        if (password is not { Length: > 0 and <= 200 } || !await accounts.CheckPasswordAsync(account, password))
        {
            await accounts.AccessFailedAsync(account);
            return await RefuseAsync("wrong", account.UserName!, "Unknown user name or wrong password.");
        }

        await accounts.ResetAccessFailedCountAsync(account);
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, account.Id.ToString())], ProviderRoutes.CookieScheme);
        await http.SignInAsync(ProviderRoutes.CookieScheme, new ClaimsPrincipal(identity));
        return Results.LocalRedirect(back);

        async Task<IResult> RefuseAsync(string error, string name, string reason)
        {
            var entry = AuditEvent.BySystem(name.Length > 100 ? name[..100] : name, null, AuditAction.SignIn, "account", account?.Id.ToString() ?? "", name, AuditResult.Refused, reason);
            await audit.AppendAsync(entry with { Address = http.Connection.RemoteIpAddress?.ToString() }, http.RequestAborted);
            return Results.LocalRedirect(QueryHelpers.AddQueryString(ProviderRoutes.SignIn, new Dictionary<string, string?> { ["returnUrl"] = back, ["error"] = error }));
        }
    }

    private static readonly string DummyHash = new PasswordHasher<Account>().HashPassword(null!, Guid.NewGuid().ToString());
}
