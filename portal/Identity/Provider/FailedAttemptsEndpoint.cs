using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Sallyport.Portal.Audit;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>The owner of an account has read how many wrong passwords were tried at it.</summary>
internal static class FailedAttemptsEndpoint
{
    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapPost(ProviderRoutes.FailedAttempts, HandleAsync).AllowAnonymous().DisableAntiforgery();

    private static async Task<IResult> HandleAsync(
        HttpContext http,
        [FromForm(Name = "returnUrl")] string? returnUrl,
        [FromForm] long? last,
        UserManager<Account> accounts,
        ProviderAccounts states,
        FailedAttempts attempts,
        IAntiforgery antiforgery,
        AuditLog audit)
    {
        if (await antiforgery.IsRequestValidAsync(http)
            && last is > 0 && last <= DateTimeOffset.MaxValue.UtcTicks
            && await AccountNotices.SessionAsync(http) is { } session
            && await attempts.FindAsync(session.AccountId, http.RequestAborted) is { } report
            && await accounts.FindByIdAsync(session.AccountId.ToString()) is { } account)
        {
            await attempts.AcknowledgeAsync(account.Id, new DateTimeOffset(last.Value, TimeSpan.Zero), http.RequestAborted);
            var reason = $"{report.Count} failed since {report.First:yyyy-MM-dd HH:mm:ss} UTC, from {report.From}.";
            var entry = AuditEvent.BySystem(account.UserName!, await states.TenantAsync(account.Id, http.RequestAborted), AuditAction.FailedAttemptsReported, "account", account.Id.ToString(), account.UserName!, reason: reason);
            await audit.AppendAsync(entry with { Address = http.Connection.RemoteIpAddress?.ToString() }, http.RequestAborted);
        }

        return Results.LocalRedirect(AccountNotices.ReturnAddress(returnUrl));
    }
}
