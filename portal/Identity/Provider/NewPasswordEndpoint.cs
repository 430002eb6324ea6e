using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Sallyport.Portal.Audit;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>Takes the form in which somebody replaces a temporary password, which an admin has seen, by one of their own.</summary>
internal static class NewPasswordEndpoint
{
    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost(ProviderRoutes.NewPassword, HandleAsync).AllowAnonymous().DisableAntiforgery().RequireRateLimiting(IdentityFeature.SignInLimit);

    private static async Task<IResult> HandleAsync(
        HttpContext http,
        [FromForm] string? next,
        [FromForm] string? repeated,
        [FromForm(Name = "returnUrl")] string? returnUrl,
        UserManager<Account> accounts,
        ProviderAccounts states,
        KnownBrowsers browsers,
        IAntiforgery antiforgery,
        AuditLog audit)
    {
        var back = AccountNotices.ReturnAddress(returnUrl);
        if (!await antiforgery.IsRequestValidAsync(http))
        {
            return Again("stale");
        }

        // The temporary password is not asked for again: it was given a moment ago, in this browser. One's own is changed on the page
        // that asks for it.
        if (await AccountNotices.SessionAsync(http) is not { } session || await accounts.FindByIdAsync(session.AccountId.ToString()) is not { HasTemporaryPassword: true } account)
        {
            return Results.LocalRedirect(back);
        }

        if (next != repeated)
        {
            return Again("differ");
        }

        if (next is not { Length: <= Passwords.MaxLength } || await accounts.CheckPasswordAsync(account, next) || !await IsAcceptableAsync(account, next))
        {
            return Again("unfit");
        }

        account.PasswordHash = accounts.PasswordHasher.HashPassword(account, next);
        account.HasTemporaryPassword = false;
        if (!(await accounts.UpdateSecurityStampAsync(account)).Succeeded)
        {
            return Again("stale");
        }

        // The new stamp ends what was signed in with the temporary password elsewhere, and here the cookies are renewed.
        browsers.Remember(http, account);
        await http.SignInAsync(ProviderRoutes.CookieScheme, (session with { Stamp = account.SecurityStamp! }).ToPrincipal());
        var entry = AuditEvent.BySystem(account.UserName!, await states.TenantAsync(account.Id, http.RequestAborted), AuditAction.PasswordChanged, "account", account.Id.ToString(), account.UserName!, reason: "The owner replaced a temporary password.");
        await audit.AppendAsync(entry with { Address = http.Connection.RemoteIpAddress?.ToString() }, http.RequestAborted);
        return Results.LocalRedirect(back);

        async Task<bool> IsAcceptableAsync(Account owner, string password)
        {
            foreach (var validator in accounts.PasswordValidators)
            {
                if (!(await validator.ValidateAsync(accounts, owner, password)).Succeeded)
                {
                    return false;
                }
            }

            return true;
        }

        IResult Again(string error) => Results.LocalRedirect(QueryHelpers.AddQueryString(ProviderRoutes.NewPassword, new Dictionary<string, string?> { ["returnUrl"] = back, ["error"] = error }));
    }
}
