using System.Text.Json;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>What the relying party needs of OpenID Connect Discovery 1.0, section 3.</summary>
internal sealed record DiscoveryDocument(
    string Issuer,
    string AuthorizationEndpoint,
    string TokenEndpoint,
    string JwksUri,
    string? UserInfoEndpoint,
    string? EndSessionEndpoint,
    bool AnswersWithIssuer)
{
    /// <exception cref="SignInException">It lacks what it must say, or is another issuer's.</exception>
    public static DiscoveryDocument Read(JsonElement json, string authority)
    {
        if (json.ValueKind != JsonValueKind.Object || json.Text("issuer") is not { } issuer)
        {
            throw new SignInException(SignInFault.Provider, $"{authority} does not say who it is (issuer).");
        }

        // Discovery, section 4.3: a document of another issuer is not believed.
        if (issuer.TrimEnd('/') != authority)
        {
            throw new SignInException(SignInFault.Provider, $"The provider calls itself {issuer}, and {authority} was expected.");
        }

        return new DiscoveryDocument(
            issuer,
            Address("authorization_endpoint"),
            Address("token_endpoint"),
            Address("jwks_uri"),
            json.Text("userinfo_endpoint") is null ? null : Address("userinfo_endpoint"),
            json.Text("end_session_endpoint") is null ? null : Address("end_session_endpoint"),
            json.TryGetProperty("authorization_response_iss_parameter_supported", out var answers) && answers.ValueKind == JsonValueKind.True);

        string Address(string name) => json.Text(name) is { } url && SafeAddress.Is(url)
            ? url
            : throw new SignInException(SignInFault.Provider, $"The provider {authority} gives no {name} that is https, or on this machine.");
    }
}

internal static class JsonText
{
    /// <summary>A member's text; null when it is missing, is no text, or is text that is no Unicode.</summary>
    public static string? Text(this JsonElement element, string name)
    {
        try
        {
            return element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
