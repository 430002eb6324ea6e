using System.Text.Json.Serialization;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>OpenID Connect Core 1.0, section 2.</summary>
internal sealed record IdToken(
    string Iss,
    string Sub,
    string Aud,
    long Iat,
    long Exp,
    [property: JsonPropertyName("auth_time")] long AuthTime,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Nonce,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Sid,
    string Name,
    [property: JsonPropertyName("preferred_username")] string PreferredUserName)
{
    public const string Type = "JWT";
}

/// <summary>RFC 9068; <paramref name="Code"/> is the id of the code that it came from, so that it can be revoked with it.</summary>
internal sealed record AccessToken(string Iss, string Sub, string Aud, [property: JsonPropertyName("client_id")] string ClientId, long Iat, long Exp, string Jti, string Scope, Guid Code)
{
    public const string Type = "at+jwt";
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);
}

/// <summary>RFC 6749, section 5.2.</summary>
internal sealed record TokenError([property: JsonPropertyName("error")] string Error, [property: JsonPropertyName("error_description")] string Description);
