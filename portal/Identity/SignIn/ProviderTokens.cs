using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Sallyport.Portal.Identity.SignIn;

/// <param name="AccessToken">Null where the provider gave none that can be used as a bearer's (RFC 6750).</param>
internal sealed record RedeemedCode(string IdToken, string? AccessToken);

/// <summary>What the relying party asks its provider directly: tokens for a code, and more about who signed in.</summary>
internal sealed class ProviderTokens(ProviderMetadata provider)
{
    /// <summary>RFC 6749, section 4.1.3, with the verifier of RFC 7636.</summary>
    /// <exception cref="SignInException">There is no ID token for this code.</exception>
    public async Task<RedeemedCode> RedeemAsync(string code, string verifier, string redirectUri, CancellationToken cancellationToken)
    {
        var document = await provider.DocumentAsync(cancellationToken);
        var form = new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirectUri, ["code_verifier"] = verifier };
        using var request = new HttpRequestMessage(HttpMethod.Post, document.TokenEndpoint);
        if (provider.ClientSecret is { } secret)
        {
            // RFC 6749, section 2.3.1: form-encoded first, then Basic.
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Uri.EscapeDataString(provider.ClientId)}:{Uri.EscapeDataString(secret)}")));
        }
        else
        {
            form["client_id"] = provider.ClientId;
        }

        request.Content = new FormUrlEncodedContent(form);
        var (answer, status) = await SendAsync(request, cancellationToken);
        return status < 300 && answer.Text("id_token") is { } idToken
            ? new RedeemedCode(idToken, "Bearer".Equals(answer.Text("token_type"), StringComparison.OrdinalIgnoreCase) ? answer.Text("access_token") : null)
            : throw new SignInException(SignInFault.Answer, $"The provider gave no ID token: {answer.Text("error") ?? $"status {status}"}");
    }

    /// <summary>OpenID Connect Core 1.0, section 5.3: many providers keep names and roles out of the ID token.</summary>
    /// <exception cref="SignInException">The provider does not say, or speaks of somebody else.</exception>
    public async Task<ProvedIdentity> CompleteAsync(ProvedIdentity identity, string? accessToken, CancellationToken cancellationToken)
    {
        var document = await provider.DocumentAsync(cancellationToken);
        if (document.UserInfoEndpoint is not { } endpoint || accessToken is null)
        {
            return identity;
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, endpoint);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        var (answer, status) = await SendAsync(request, cancellationToken);

        // Section 5.3.2: the subject must be the ID token's, or nothing of it may be used.
        return status < 300 && answer.Text("sub") == identity.Subject
            ? identity with { Claims = [.. identity.Claims, answer] }
            : throw new SignInException(SignInFault.Provider, $"The provider's UserInfo answered with status {status}, or for somebody else.");
    }

    private async Task<(JsonElement Answer, int Status)> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            using var client = provider.Client();
            using var response = await client.SendAsync(request, cancellationToken);
            var answer = JsonElement.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
            return answer.ValueKind == JsonValueKind.Object ? (answer, (int)response.StatusCode) : throw new JsonException("not an object");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or TaskCanceledException)
        {
            throw new SignInException(SignInFault.Provider, $"The provider does not answer at {request.RequestUri}: {e.Message}", e);
        }
    }
}
