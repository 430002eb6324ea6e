using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Sallyport.Portal.Audit;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>Takes the sign-in page's form: name and password. Failures delay the next attempt (<see cref="PasswordThrottle"/>).</summary>
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
        PasswordThrottle throttle,
        KnownBrowsers browsers,
        FailedAttempts attempts,
        IAntiforgery antiforgery,
        AuditLog audit,
        RepeatedEntries repeated,
        ProviderSignIns signIns)
    {
        var back = AccountNotices.ReturnAddress(returnUrl);

        // Here and not by the framework, so that a page that was open for too long leads to a fresh one.
        if (!await antiforgery.IsRequestValidAsync(http))
        {
            return Again("stale");
        }

        var name = userName is { Length: > 0 and <= 100 } ? userName : "";
        var address = http.Connection.RemoteIpAddress;
        var account = name.Length > 0 ? await accounts.FindByNameAsync(name) : null;
        var attempt = account is not null
            ? new PasswordAttempt(account.Id, browsers.SourceOf(http, account), address)
            : throttle.AtUnknownName(accounts.NormalizeName(name) ?? "", address);
        if (!await throttle.TryBeginAsync(attempt, http.RequestAborted))
        {
            await repeated.AppendAsync($"throttled {account?.Id} {attempt.Source.Name}", await RefusalAsync("Too soon after failed attempts; the password was not looked at."), http.RequestAborted);
            return Again("early", await throttle.DelayAsync(attempt, http.RequestAborted));
        }

        if (account is null || password is not { Length: > 0 and <= Passwords.MaxLength } || !await accounts.CheckPasswordAsync(account, password))
        {
            if (account is null)
            {
                Spend(password);
            }

            // Not what was typed: people type passwords into the wrong field, and the audit log forgets nothing.
            await attempts.RecordAsync(attempt, http.RequestAborted);
            await audit.AppendAsync(await RefusalAsync(account is null ? "Unknown user name." : "Wrong password."), http.RequestAborted);
            return Again("wrong", await throttle.DelayAsync(attempt, http.RequestAborted));
        }

        await throttle.SucceedAsync(attempt, http.RequestAborted);
        if (await states.FindAsync(account.Id, http.RequestAborted) is not { } allowed)
        {
            await audit.AppendAsync(await RefusalAsync("The user is disabled."), http.RequestAborted);
            return Again("disabled");
        }

        await attempts.ForgetOwnAsync(attempt, http.RequestAborted);
        browsers.Remember(http, allowed);
        if (ProviderCookie.Of((await http.AuthenticateAsync(ProviderRoutes.CookieScheme)).Principal) is { } earlier)
        {
            // The browser forgets it.
            await signIns.EndAsync(earlier.SignInId, http.RequestAborted);
        }

        var signIn = await signIns.BeginAsync(allowed.Id, http.RequestAborted);
        await http.SignInAsync(ProviderRoutes.CookieScheme, new ProviderCookie(allowed.Id, signIn.Id, signIn.AuthenticatedAt, allowed.SecurityStamp!).ToPrincipal());
        return Results.LocalRedirect(back);

        // As much work as for a real account, so that names cannot be told apart by time.
        void Spend(string? text) => accounts.PasswordHasher.VerifyHashedPassword(null!, LazyInitializer.EnsureInitialized(ref _dummyHash, () => accounts.PasswordHasher.HashPassword(null!, Guid.NewGuid().ToString())), text is { Length: <= Passwords.MaxLength } ? text : "");

        async Task<AuditEvent> RefusalAsync(string reason)
        {
            // Asked for an unknown name, too: it takes the same time.
            var (who, tenantId) = (account?.UserName ?? "(unknown)", await states.TenantAsync(attempt.AccountId, http.RequestAborted));
            return AuditEvent.BySystem(who, tenantId, AuditAction.SignIn, "account", account?.Id.ToString() ?? "", who, AuditResult.Refused, reason) with { Address = address?.ToString() };
        }

        IResult Again(string error, TimeSpan wait = default) =>
            Results.LocalRedirect(QueryHelpers.AddQueryString(ProviderRoutes.SignIn, new Dictionary<string, string?> { ["returnUrl"] = back, ["error"] = error, ["wait"] = WaitTime.ToQuery(wait) }));
    }

    // By the same hasher as the accounts' own: the rounds are in the hash.
    private static string? _dummyHash;
}
