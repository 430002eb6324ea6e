using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Sallyport.Portal.Audit;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>Takes the sign-in page's form: name and password, with lockout after five failures.</summary>
internal static class SignInEndpoint
{
    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapPost(ProviderRoutes.SignIn, HandleAsync).AllowAnonymous().DisableAntiforgery().RequireRateLimiting(IdentityFeature.SignInLimit);

    private static async Task<IResult> HandleAsync(
        HttpContext http,
        [FromForm(Name = "userName")] string? userName,
        [FromForm] string? password,
        [FromForm(Name = "returnUrl")] string? returnUrl,
        UserManager<Account> accounts,
        ProviderAccounts states,
        IAntiforgery antiforgery,
        AuditLog audit,
        TimeProvider time)
    {
        var back = returnUrl is not null && returnUrl.StartsWith(ProviderRoutes.Authorize + "?", StringComparison.Ordinal) ? returnUrl : "/";

        // Here and not by the framework, so that a page that was open for too long leads to a fresh one.
        if (!await antiforgery.IsRequestValidAsync(http))
        {
            return Again("stale");
        }

        if (userName is not { Length: > 0 and <= 100 } || password is not { Length: > 0 and <= 200 } || await accounts.FindByNameAsync(userName) is not { } account)
        {
            Spend(password);

            // Not what was typed: people type passwords into the wrong field, and the audit log forgets nothing.
            return await RefuseAsync("wrong", null, "Unknown user name.");
        }

        if (!await states.MayTryAsync(account.Id, http.RequestAborted))
        {
            // Answered as a wrong password is, so that a lock does not say which names exist.
            Spend(password);
            return await RefuseAsync("wrong", account, "The account is locked after too many failures.");
        }

        if (!await accounts.CheckPasswordAsync(account, password))
        {
            return await RefuseAsync("wrong", account, "Wrong password.");
        }

        await states.ForgiveAsync(account.Id, http.RequestAborted);
        if (await states.FindAsync(account.Id, http.RequestAborted) is not { } allowed)
        {
            return await RefuseAsync("disabled", account, "The user is disabled.");
        }

        await http.SignInAsync(ProviderRoutes.CookieScheme, new ProviderCookie(allowed.Id, time.GetUtcNow(), allowed.SecurityStamp!).ToPrincipal());
        return Results.LocalRedirect(back);

        // As much work as for a real account, so that names cannot be told apart by time.
        void Spend(string? text) => accounts.PasswordHasher.VerifyHashedPassword(null!, LazyInitializer.EnsureInitialized(ref _dummyHash, () => accounts.PasswordHasher.HashPassword(null!, Guid.NewGuid().ToString())), text is { Length: <= 200 } ? text : "");

        async Task<IResult> RefuseAsync(string error, Account? whose, string reason)
        {
            var name = whose?.UserName ?? "(unknown)";
            var tenantId = whose is null ? null : await states.TenantAsync(whose.Id, http.RequestAborted);
            var entry = AuditEvent.BySystem(name, tenantId, AuditAction.SignIn, "account", whose?.Id.ToString() ?? "", name, AuditResult.Refused, reason);
            await audit.AppendAsync(entry with { Address = http.Connection.RemoteIpAddress?.ToString() }, http.RequestAborted);
            return Again(error);
        }

        IResult Again(string error) => Results.LocalRedirect(QueryHelpers.AddQueryString(ProviderRoutes.SignIn, new Dictionary<string, string?> { ["returnUrl"] = back, ["error"] = error }));
    }

    // By the same hasher as the accounts' own: the rounds are in the hash.
    private static string? _dummyHash;
}
