using Microsoft.AspNetCore.Authentication;
using Microsoft.EntityFrameworkCore;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>
/// What an account's owner has to do or to read between a right password and the application: until then the provider gives no code,
/// to whichever client.
/// </summary>
internal sealed class AccountNotices(PortalDbFactory factory)
{
    /// <returns>The page that comes first; null when there is none.</returns>
    public async Task<string?> NextAsync(Guid accountId, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        var state = await db.Users.Where(a => a.Id == accountId)
            .Select(a => new { a.HasTemporaryPassword, HasFailedAttempts = db.PasswordAttempts.Any(p => p.AccountId == a.Id && p.Unreported > 0) })
            .FirstOrDefaultAsync(cancellationToken);
        return state switch
        {
            { HasTemporaryPassword: true } => ProviderRoutes.NewPassword,
            { HasFailedAttempts: true } => ProviderRoutes.FailedAttempts,
            _ => null,
        };
    }

    /// <summary>Back to where codes are given, or to the portal; never elsewhere.</summary>
    public static string ReturnAddress(string? returnUrl) => returnUrl is not null && returnUrl.StartsWith(ProviderRoutes.Authorize + "?", StringComparison.Ordinal) ? returnUrl : "/";

    /// <summary>Who gave a right password in this browser; null when nobody did.</summary>
    public static async Task<ProviderCookie?> SessionAsync(HttpContext http) => ProviderCookie.Of((await http.AuthenticateAsync(ProviderRoutes.CookieScheme)).Principal);
}
