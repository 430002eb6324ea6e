using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>
/// A sealed cookie in the browsers that people have signed in with. It opens nothing: it keeps the way to the password form open while
/// strangers guess at the account. It is bound to the account and to its present password, so that who knew an earlier one has no
/// count of their own.
/// </summary>
internal sealed class KnownBrowsers(IDataProtectionProvider protection, IOptions<PortalOptions> portal, TimeProvider time)
{
    internal const string CookieName = "sallyport-browser";

    private const int MaxAccounts = 8;
    private const int MaxCookie = 3800;
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(180);

    private readonly IDataProtector _protector = protection.CreateProtector("known browser");

    /// <summary>What this request's failures at the account count as.</summary>
    public AttemptSource SourceOf(HttpContext http, Account account) =>
        Read(http).FirstOrDefault(known => known.AccountId == account.Id && known.Stamp == account.SecurityStamp) is { } known
            ? AttemptSource.Device(known.DeviceId)
            : AttemptSource.Address(http.Connection.RemoteIpAddress);

    /// <summary>After a right password.</summary>
    public void Remember(HttpContext http, Account account)
    {
        var before = Read(http);
        var deviceId = before.Find(known => known.AccountId == account.Id && known.Stamp == account.SecurityStamp)?.DeviceId ?? WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(16));
        var all = before.Where(known => known.AccountId != account.Id).TakeLast(MaxAccounts - 1)
            .Append(new Known(account.Id, deviceId, account.SecurityStamp!, time.GetUtcNow() + Lifetime));
        http.Response.Cookies.Append(
            HostCookie.Name(CookieName, portal.Value.IsHttps),
            _protector.Protect(JsonSerializer.Serialize(all)),
            new CookieOptions { HttpOnly = true, Secure = portal.Value.IsHttps, SameSite = SameSiteMode.Strict, Path = "/", MaxAge = Lifetime, IsEssential = true });
    }

    private List<Known> Read(HttpContext http)
    {
        if (http.Request.Cookies[HostCookie.Name(CookieName, portal.Value.IsHttps)] is not { Length: > 0 and <= MaxCookie } cookie)
        {
            return [];
        }

        try
        {
            var now = time.GetUtcNow();
            return JsonSerializer.Deserialize<List<Known>>(_protector.Unprotect(cookie))!.FindAll(known => known.ExpiresAt > now);
        }
        catch (Exception e) when (e is CryptographicException or JsonException)
        {
            // Not sealed here, or in another form: it makes no browser known.
            return [];
        }
    }

    private sealed record Known(Guid AccountId, string DeviceId, string Stamp, DateTimeOffset ExpiresAt);
}
