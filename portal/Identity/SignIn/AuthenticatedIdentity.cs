using System.Text.Json;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>Who a provider says has signed in; the issuer and subject alone identify them.</summary>
/// <param name="AuthenticatedAt">When they last proved it to the provider, where it says so.</param>
/// <param name="Claims">All that the ID token says, and UserInfo where it was asked.</param>
internal sealed record AuthenticatedIdentity(string Issuer, string Subject, DateTimeOffset? AuthenticatedAt, IReadOnlyList<JsonElement> Claims)
{
    private const int MaxName = 100;
    private const int MaxSession = 255;

    /// <summary>Their name, or the subject for want of one.</summary>
    public string Name => Claims.Select(claims => claims.Text("name")).FirstOrDefault(name => name is { Length: > 0 and <= MaxName })
        ?? (Subject.Length <= MaxName ? Subject : Subject[..MaxName]);

    /// <summary>The provider's own sign-in that this came from, where it says so (OpenID Connect Front-Channel Logout 1.0, section 3).</summary>
    public string? Session => Claims.Select(claims => claims.Text("sid")).FirstOrDefault(sid => sid is { Length: > 0 and <= MaxSession });

    /// <summary>Whether the provider has the claim and does not give it here, but says where else it could be asked for (OpenID Connect Core 1.0, section 5.6.2): Entra ID, of people in very many groups.</summary>
    public bool IsElsewhere(string claim) =>
        !Has(claim) && Claims.Any(claims => claims.TryGetProperty("_claim_names", out var names) && names.ValueKind == JsonValueKind.Object && names.TryGetProperty(claim, out _));

    public bool Has(string claim) => Claims.Any(claims => claims.TryGetProperty(claim, out _));

    /// <summary>The values of a claim that is one text, or a list of them.</summary>
    public IReadOnlyList<string> Values(string claim) => [.. Claims
        .SelectMany(claims => (claims.Text(claim), claims.TryGetProperty(claim, out var value) && value.ValueKind == JsonValueKind.Array) switch
        {
            ({ } text, _) => [text],
            (null, true) => value.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.ToString()),
            _ => [],
        })
        .Distinct(StringComparer.Ordinal)];
}
