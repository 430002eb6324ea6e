using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>OpenID Connect Back-Channel Logout 1.0, section 2.6: which logout tokens are believed, each of them once.</summary>
internal sealed class LogoutTokens(SignInProviders providers, IOptionsMonitor<OpenIdConnectOptions> schemes, PortalDbFactory factory, TimeProvider time)
{
    public const string Event = "http://schemas.openid.net/event/backchannel-logout";
    private const int MaxText = 255;

    /// <summary>Section 4 recommends two minutes; some providers give more.</summary>
    private static readonly TimeSpan MaxLifetime = TimeSpan.FromHours(1);

    /// <exception cref="SecurityTokenException">It is not to be believed; the message says why.</exception>
    /// <exception cref="ProviderUnavailableException">The keys of its provider cannot be asked for.</exception>
    public async Task<LogoutToken> TakeAsync(string token, CancellationToken cancellationToken)
    {
        var (header, claims) = Read(token);
        var asked = providers.Of(claims.Text("iss") ?? "").ToList();
        var options = schemes.Get((asked.Find(provider => IsAudience(claims, provider.ClientId)) ?? throw new SecurityTokenException("It is of no provider that is known here, or for another application (iss, aud).")).Scheme);
        var provider = await options.ConfigurationManager!.GetConfigurationAsync(cancellationToken);
        var parameters = options.TokenValidationParameters.Clone();
        parameters.ConfigurationManager = options.ConfigurationManager as BaseConfigurationManager;
        if (await options.TokenHandler.ValidateTokenAsync(token, parameters) is { IsValid: false } result)
        {
            throw result.Exception as SecurityTokenException ?? new SecurityTokenException(result.Exception.Message, result.Exception);
        }

        var (now, expires) = (time.GetUtcNow(), claims.Seconds("exp"));
        var (subject, session, id) = (claims.Text("sub"), claims.Text("sid"), claims.Text("jti"));
        Require(header.Text("typ")?.ToLowerInvariant() is null or "jwt" or "logout+jwt" or "application/logout+jwt", "is a token of another kind (typ)");
        Require(!header.TryGetProperty("crit", out _), "needs an extension that is not known here (crit)");
        Require(claims.Seconds("iat") is { } iat && iat < now + IdTokenRules.ClockSkew, "is from the future (iat)");
        Require(expires is not null && expires < now + MaxLifetime, "lasts for too long (exp)");
        Require(claims.TryGetProperty("events", out var events) && events.ValueKind == JsonValueKind.Object && events.TryGetProperty(Event, out var logout) && logout.ValueKind == JsonValueKind.Object, "says nothing of a logout (events)");
        Require(!claims.TryGetProperty("nonce", out _), "is an ID token (nonce)");
        Require((subject ?? session) is not null && IsFit(subject) && IsFit(session), "names nobody (sub, sid)");
        Require(id is { Length: > 0 } && IsFit(id), "has no name of its own (jti)");
        Require(await IsNewAsync($"{provider.Issuer} {id}", expires!.Value + IdTokenRules.ClockSkew, cancellationToken), "came before (jti)");
        return new LogoutToken(provider.Issuer, subject, session);
    }

    private static bool IsAudience(JsonElement claims, string clientId) => claims.TryGetProperty("aud", out var aud) && aud.ValueKind switch
    {
        JsonValueKind.String => aud.ValueEquals(clientId),
        JsonValueKind.Array => aud.EnumerateArray().Any(one => one.ValueKind == JsonValueKind.String && one.ValueEquals(clientId)),
        _ => false,
    };

    private static bool IsFit(string? text) => text is null or { Length: > 0 and <= MaxText };

    private static (JsonElement Header, JsonElement Claims) Read(string token)
    {
        try
        {
            var parts = IdTokenRules.Parts(token);
            return parts is { Header.ValueKind: JsonValueKind.Object, Claims.ValueKind: JsonValueKind.Object } ? parts : throw new SecurityTokenException("It cannot be read.");
        }
        catch (Exception e) when (e is FormatException or JsonException or IndexOutOfRangeException)
        {
            throw new SecurityTokenException("It cannot be read.", e);
        }
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new SecurityTokenException($"It {otherwise}.");
        }
    }

    private async Task<bool> IsNewAsync(string name, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        var (id, now) = (SHA256.HashData(Encoding.UTF8.GetBytes(name)), time.GetUtcNow());
        await using var db = factory.ForSystem();
        await db.ReceivedLogoutTokens.Where(t => t.ExpiresAt < now).ExecuteDeleteAsync(cancellationToken);
        return await db.Database.ExecuteSqlAsync($"insert into received_logout_tokens (id, expires_at) values ({id}, {expiresAt}) on conflict do nothing", cancellationToken) == 1;
    }
}
