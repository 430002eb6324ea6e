using System.Text.Json;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Identity.Provider;
using Sallyport.Portal.Keys;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>
/// The provider's metadata and keys, fetched when first needed. Keys are fetched again when they are old, and when a
/// token names one that is not known, at most once a minute: nobody's forged tokens make the portal hammer its provider.
/// </summary>
internal sealed class ProviderMetadata
{
    public const string HttpClientName = "openid-provider";

    public static readonly TimeSpan DocumentLifetime = TimeSpan.FromHours(12);

    /// <summary>A key that the provider withdrew is believed for this long at most.</summary>
    public static readonly TimeSpan KeyLifetime = TimeSpan.FromHours(1);

    public static readonly TimeSpan KeyRefreshInterval = TimeSpan.FromMinutes(1);

    private readonly IHttpClientFactory _http;
    private readonly Fetched<DiscoveryDocument> _document;
    private readonly Fetched<JsonWebKeySet> _keys;

    public ProviderMetadata(IHttpClientFactory http, IOptions<RelyingPartyOptions> options, IOptions<PortalOptions> portal, KeyFolder keyFolder, TimeProvider time)
    {
        _http = http;
        var embedded = options.Value.Authority is null;
        Authority = options.Value.Authority?.TrimEnd('/') ?? portal.Value.PublicUrl + ProviderRoutes.Base;
        ClientId = options.Value.ClientId ?? ProviderClients.PortalId;
        ClientSecret = embedded ? ProviderClients.PortalSecret(keyFolder) : options.Value.ClientSecret;
        _document = new(async cancellationToken => DiscoveryDocument.Read(await GetAsync($"{Authority}/.well-known/openid-configuration", cancellationToken), Authority), time);
        _keys = new(
            async cancellationToken =>
            {
                var url = (await DocumentAsync(cancellationToken)).JwksUri;
                return JsonWebKeySet.Read(await GetAsync(url, cancellationToken), url);
            },
            time);
    }

    public string Authority { get; }

    public string ClientId { get; }

    public string? ClientSecret { get; }

    public Task<DiscoveryDocument> DocumentAsync(CancellationToken cancellationToken) => _document.GetAsync(DocumentLifetime, cancellationToken);

    public async Task<JsonWebKey?> FindKeyAsync(string? keyId, string algorithm, CancellationToken cancellationToken) =>
        (await _keys.GetAsync(KeyLifetime, cancellationToken)).Find(keyId, algorithm)
        ?? (await _keys.GetAsync(KeyRefreshInterval, cancellationToken)).Find(keyId, algorithm);

    public HttpClient Client() => _http.CreateClient(HttpClientName);

    private async Task<JsonElement> GetAsync(string url, CancellationToken cancellationToken)
    {
        try
        {
            using var client = Client();
            return JsonElement.Parse(await client.GetByteArrayAsync(url, cancellationToken));
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or TaskCanceledException)
        {
            throw new SignInException(SignInFault.Provider, $"The sign-in service does not answer at {url}: {e.Message}", e);
        }
    }
}
