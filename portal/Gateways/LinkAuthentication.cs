using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sallyport.Contracts.Links;
using Sallyport.Contracts.Signing;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Gateways;

/// <summary>
/// Knows a gateway or hub by the token that it signs with its own key (<see cref="LinkToken"/>). The key is looked up for each
/// request: one that was withdrawn, or whose component was removed, is refused from that moment in every portal.
/// </summary>
internal sealed class LinkAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, PortalDbFactory factory, SpentTokens spent, RepeatedEntries repeated)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    public const string SchemeName = "link";

    /// <summary>More of a body than this is kept in a file while its hash is made.</summary>
    private const int InMemory = 64 * 1024;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.Ordinal))
        {
            return AuthenticateResult.NoResult();
        }

        var token = header[7..];
        if (KeyId(token) is not { } keyId || await FindAsync(keyId) is not { } found)
        {
            return await RefusedAsync(null, "The key is no gateway's and no hub's, or was withdrawn.");
        }

        using var key = found.Key.Import();
        var claims = LinkToken.Check(token, TimeProvider.GetUtcNow(), kid => kid == found.Key.KeyId ? key : null);
        if (claims is null || claims.Iss != found.Id)
        {
            return await RefusedAsync(found, "The link token is not valid, or not of this time. Are both clocks right?");
        }

        // Read only for who has the key: a stranger's body costs nothing.
        Request.EnableBuffering(InMemory);
        var hash = await SHA256.HashDataAsync(Request.Body, Context.RequestAborted);
        Request.Body.Position = 0;
        if (!claims.IsFor(Request.Method, $"{Request.PathBase}{Request.Path}", hash))
        {
            return await RefusedAsync(found, "The link token was made for another request.");
        }

        if (!spent.Spend(claims.Jti, claims.GoodUntil))
        {
            return await RefusedAsync(found, "The link token was used before.");
        }

        var identity = new ClaimsIdentity([new Claim("component", found.Id.ToString()), new Claim("component_kind", found.Kind.ToString()), new Claim("component_key", keyId)], SchemeName);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    private async Task<AuthenticateResult> RefusedAsync(Component? known, string reason)
    {
        var address = Context.Connection.RemoteIpAddress?.ToString();
        var name = known?.Name ?? "unknown component";
        var entry = AuditEvent.BySystem(name, null, AuditAction.ComponentRefused, known?.Kind.ToString().ToLowerInvariant() ?? "component", known?.Id.ToString() ?? "", name, AuditResult.Refused, reason) with { Address = address };
        await repeated.AppendAsync($"component {address} {known?.Id} {reason}", entry, Context.RequestAborted);
        return AuthenticateResult.Fail(reason);
    }

    private async Task<Component?> FindAsync(string keyId)
    {
        await using var db = factory.ForSystem();
        if (await db.Gateways.AsNoTracking().FirstOrDefaultAsync(g => g.KeyId == keyId, Context.RequestAborted) is { } gateway)
        {
            return new(gateway.Id, ComponentKind.Gateway, gateway.Name, new PublicKey(gateway.KeyId, gateway.Spki));
        }

        if (await db.Hubs.AsNoTracking().FirstOrDefaultAsync(h => h.KeyId == keyId, Context.RequestAborted) is { } hub)
        {
            return new(hub.Id, ComponentKind.Hub, hub.Name, new PublicKey(hub.KeyId, hub.Spki));
        }

        return null;
    }

    // The verifier reads the header again; this only tells which key to fetch.
    private static string? KeyId(string token)
    {
        string? keyId = null;
        CompactJws.Verify<LinkToken>(token, LinkToken.Type, kid =>
        {
            keyId = kid.Length is > 0 and <= 64 ? kid : null;
            return null;
        });
        return keyId;
    }

    private sealed record Component(Guid Id, ComponentKind Kind, string Name, PublicKey Key);
}

public static class LinkIdentity
{
    /// <summary>Which gateway or hub asks.</summary>
    public static Guid ComponentId(this ClaimsPrincipal principal) =>
        Guid.Parse(principal.FindFirstValue("component") ?? throw new InvalidOperationException("Not a component."));

    /// <summary>With which key.</summary>
    public static string ComponentKey(this ClaimsPrincipal principal) => principal.FindFirstValue("component_key") ?? throw new InvalidOperationException("Not a component.");
}
