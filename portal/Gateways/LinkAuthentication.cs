using System.Collections.Concurrent;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sallyport.Contracts.Links;
using Sallyport.Contracts.Signing;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Gateways;

/// <summary>Knows a gateway or hub by the token that it signs with its own key (<see cref="LinkToken"/>).</summary>
internal sealed class LinkAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, PortalDbFactory factory)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    public const string SchemeName = "link";

    // Enrolled keys do not change; a removed component's entry dies with the process that its stream is closed in.
    private static readonly ConcurrentDictionary<string, (Guid Id, ComponentKind Kind, PublicKey Key)> Known = new(StringComparer.Ordinal);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.Ordinal))
        {
            return AuthenticateResult.NoResult();
        }

        var token = header[7..];
        (Guid Id, ComponentKind Kind, PublicKey Key)? component = null;
        if (KeyId(token) is { } keyId)
        {
            component = Known.TryGetValue(keyId, out var known) ? known : await FindAsync(keyId);
        }

        if (component is not { } found)
        {
            return AuthenticateResult.Fail("Unknown component.");
        }

        using var key = found.Key.Import();
        var claims = LinkToken.Check(token, TimeProvider.GetUtcNow(), kid => kid == found.Key.KeyId ? key : null);
        if (claims is null || claims.Iss != found.Id)
        {
            return AuthenticateResult.Fail("The link token is not valid.");
        }

        var identity = new ClaimsIdentity([new Claim("component", found.Id.ToString()), new Claim("component_kind", found.Kind.ToString())], SchemeName);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    private async Task<(Guid, ComponentKind, PublicKey)?> FindAsync(string keyId)
    {
        await using var db = factory.ForSystem();
        if (await db.Gateways.AsNoTracking().FirstOrDefaultAsync(g => g.KeyId == keyId, Context.RequestAborted) is { } gateway)
        {
            return Known[keyId] = (gateway.Id, ComponentKind.Gateway, new PublicKey(gateway.KeyId, gateway.Spki));
        }

        if (await db.Hubs.AsNoTracking().FirstOrDefaultAsync(h => h.KeyId == keyId, Context.RequestAborted) is { } hub)
        {
            return Known[keyId] = (hub.Id, ComponentKind.Hub, new PublicKey(hub.KeyId, hub.Spki));
        }

        return null;
    }

    // The verifier reads the header again; this only tells which key to fetch.
    private static string? KeyId(string token)
    {
        string? keyId = null;
        CompactJws.Verify<LinkToken>(token, LinkToken.Type, kid =>
        {
            keyId = kid.Length <= 64 ? kid : null;
            return null;
        });
        return keyId;
    }
}

public static class LinkIdentity
{
    /// <summary>Which gateway or hub asks.</summary>
    public static Guid ComponentId(this ClaimsPrincipal principal) =>
        Guid.Parse(principal.FindFirstValue("component") ?? throw new InvalidOperationException("Not a component."));
}
