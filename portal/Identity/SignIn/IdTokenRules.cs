using System.Buffers.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>How tokens of a provider are validated, and what the library leaves to whoever uses it (OpenID Connect Core 1.0, section 3.1.3.7).</summary>
internal static class IdTokenRules
{
    public static readonly string[] Algorithms = ["ES256", "RS256"];

    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(60);

    private const int MaxSubject = 255;

    /// <summary>Issuer and keys are those that the provider publishes.</summary>
    public static TokenValidationParameters Parameters(string clientId, TimeProvider time) => new()
    {
        ValidAudience = clientId,
        ValidAlgorithms = Algorithms,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        LifetimeValidator = (notBefore, expires, _, _) => time.GetUtcNow().UtcDateTime is var now && expires > now - ClockSkew && (notBefore is null || notBefore < now + ClockSkew),
        TryAllIssuerSigningKeys = false,
        IssuerSigningKeyResolverUsingConfiguration = (_, token, keyId, _, configuration) => Keys((configuration as OpenIdConnectConfiguration)?.JsonWebKeySet, (token as JsonWebToken)?.Alg, keyId),
    };

    /// <summary>What a validated ID token says.</summary>
    /// <exception cref="SecurityTokenException">It is not to be believed all the same.</exception>
    public static AuthenticatedIdentity Read(string token, string clientId, TimeProvider time)
    {
        var (header, claims) = Parts(token);
        Require(!header.TryGetProperty("crit", out _), "needs an extension that is not known here (crit)");
        Require(!claims.TryGetProperty("azp", out _) || claims.Text("azp") == clientId, "was authorized for another application (azp)");

        // More than one audience is only taken with an authorized party.
        Require(!claims.TryGetProperty("aud", out var aud) || aud.ValueKind != JsonValueKind.Array || aud.GetArrayLength() == 1 || claims.TryGetProperty("azp", out _), "was made for other applications, too (aud)");
        Require(claims.Seconds("exp") is not null, "does not say when it expires (exp)");
        Require(claims.Seconds("iat") is { } iat && iat < time.GetUtcNow() + ClockSkew, "is from the future (iat)");
        Require(claims.Text("sub") is { Length: > 0 and <= MaxSubject }, "names nobody (sub)");
        return new AuthenticatedIdentity(claims.Text("iss")!, claims.Text("sub")!, claims.Seconds("auth_time"), [claims]);
    }

    public static (JsonElement Header, JsonElement Claims) Parts(string token)
    {
        var parts = token.Split('.');
        return (JsonElement.Parse(Base64Url.DecodeFromChars(parts[0])), JsonElement.Parse(Base64Url.DecodeFromChars(parts[1])));
    }

    private static List<JsonWebKey> Keys(JsonWebKeySet? keys, string? algorithm, string? keyId)
    {
        var fitting = (keys?.Keys ?? []).Where(key => key.Use is null or "" or "sig" && (string.IsNullOrEmpty(key.Alg) || key.Alg == algorithm) && (keyId is null || key.Kid == keyId)).ToList();

        // Core, section 10.1: without a name there must be one key only.
        return keyId is not null || fitting.Count == 1 ? fitting : [];
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new SecurityTokenException($"It {otherwise}.");
        }
    }
}
