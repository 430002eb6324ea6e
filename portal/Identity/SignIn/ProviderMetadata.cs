using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Identity.Provider;
using Sallyport.Portal.Keys;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>What the relying party needs of OpenID Connect Discovery 1.0, section 3.</summary>
internal sealed record DiscoveryDocument(
    [property: JsonPropertyName("issuer")] string Issuer,
    [property: JsonPropertyName("authorization_endpoint")] string AuthorizationEndpoint,
    [property: JsonPropertyName("token_endpoint")] string TokenEndpoint,
    [property: JsonPropertyName("jwks_uri")] string JwksUri,
    [property: JsonPropertyName("end_session_endpoint")] string? EndSessionEndpoint,
    [property: JsonPropertyName("authorization_response_iss_parameter_supported")] bool AnswersWithIssuer);

/// <summary>
/// The provider's metadata and keys, fetched when first needed. Keys are fetched again when a token names one that is
/// not known, at most once a minute, so that nobody's forged tokens make the portal hammer its provider.
/// </summary>
internal sealed class ProviderMetadata(IHttpClientFactory http, IOptions<RelyingPartyOptions> options, IOptions<PortalOptions> portal, KeyFolder keyFolder, TimeProvider time)
{
    public const string HttpClientName = "openid-provider";

    private static readonly TimeSpan RefreshInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private (DiscoveryDocument Document, DateTimeOffset At)? _document;
    private (IReadOnlyList<JsonWebKey> Keys, DateTimeOffset At)? _keys;

    public string Authority => options.Value.Authority?.TrimEnd('/') ?? portal.Value.PublicUrl + ProviderRoutes.Base;

    public string ClientId => options.Value.ClientId ?? ProviderClients.PortalId;

    public string? ClientSecret => options.Value.Authority is null ? ProviderClients.PortalSecret(keyFolder) : options.Value.ClientSecret;

    public async Task<DiscoveryDocument> DocumentAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_document is not { } known || time.GetUtcNow() - known.At > Lifetime)
            {
                var document = await GetAsync<DiscoveryDocument>($"{Authority}/.well-known/openid-configuration", cancellationToken);

                // Discovery, section 4.3: a document of another issuer is not believed.
                if (document.Issuer.TrimEnd('/') != Authority)
                {
                    throw new SignInException($"The provider calls itself {document.Issuer}, and {Authority} was expected.");
                }

                known = (document, time.GetUtcNow());
                _document = known;
            }

            return known.Document;
        }
        finally
        {
            _gate.Release();
        }
    }

    public async Task<JsonWebKey?> FindKeyAsync(string? keyId, string algorithm, CancellationToken cancellationToken)
    {
        var document = await DocumentAsync(cancellationToken);
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_keys is { } known && Find(known.Keys) is { } key)
            {
                return key;
            }

            if (_keys is { } recent && time.GetUtcNow() - recent.At < RefreshInterval)
            {
                return null;
            }

            _keys = ((await GetAsync<JsonWebKeySet>(document.JwksUri, cancellationToken)).Keys, time.GetUtcNow());
            return Find(_keys.Value.Keys);
        }
        finally
        {
            _gate.Release();
        }

        JsonWebKey? Find(IReadOnlyList<JsonWebKey> keys)
        {
            var fitting = keys.Where(k => k.Fits(algorithm)).ToList();
            return keyId is null ? (fitting.Count == 1 ? fitting[0] : null) : fitting.Find(k => k.Kid == keyId);
        }
    }

    public HttpClient Client() => http.CreateClient(HttpClientName);

    private async Task<T> GetAsync<T>(string url, CancellationToken cancellationToken)
    {
        try
        {
            using var client = Client();
            return JsonSerializer.Deserialize<T>(await client.GetByteArrayAsync(url, cancellationToken), JsonSerializerOptions.Web)
                ?? throw new SignInException($"{url} gave nothing.");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or TaskCanceledException)
        {
            throw new SignInException($"The sign-in service does not answer at {url}: {e.Message}", e);
        }
    }
}

/// <summary>A sign-in that could not be carried out; the message goes to the log and the audit entry, not to the browser.</summary>
internal sealed class SignInException(string message, Exception? inner = null) : Exception(message, inner);
