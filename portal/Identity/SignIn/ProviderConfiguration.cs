using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>
/// A provider's metadata and keys, fetched when first needed. The library's own manager answers from memory while it fetches, so that the
/// first sign-in after a change of keys fails, and asks a provider that is down again for every visitor; this one does neither.
/// </summary>
internal sealed class ProviderConfiguration : BaseConfigurationManager, IConfigurationManager<OpenIdConnectConfiguration>
{
    public const string HttpClientName = "openid-provider";

    /// <summary>A key that the provider withdrew is believed for this long at most.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>How often tokens that nobody can verify make the portal ask for keys, at most.</summary>
    public static readonly TimeSpan KeyRefreshInterval = TimeSpan.FromMinutes(1);

    /// <summary>Whoever opens the sign-in page again and again does not make the portal hammer a provider that is down.</summary>
    public static readonly TimeSpan FailureMemory = TimeSpan.FromSeconds(10);

    private readonly string _authority;
    private readonly IHttpClientFactory _http;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private (OpenIdConnectConfiguration Value, long At)? _known;
    private (ProviderUnavailableException Failure, long At)? _failed;
    private bool _refresh;

    public ProviderConfiguration(string authority, IHttpClientFactory http, TimeProvider time)
    {
        (_authority, _http, _time) = (authority, http, time);

        // Keys that were withdrawn would be believed for another hour.
        UseLastKnownGoodConfiguration = false;
    }

    /// <exception cref="ProviderUnavailableException">The provider did not say it, now or a moment ago.</exception>
    public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel);
        try
        {
            var maxAge = _refresh ? KeyRefreshInterval : Lifetime;
            _refresh = false;
            if (_known is { } known && _time.GetElapsedTime(known.At) < maxAge)
            {
                return known.Value;
            }

            if (_failed is { } failed && _time.GetElapsedTime(failed.At) < FailureMemory)
            {
                throw new ProviderUnavailableException(failed.Failure.Message, failed.Failure);
            }

            var value = await FetchAsync(cancel);
            (_known, _failed) = ((value, _time.GetTimestamp()), null);
            return value;
        }
        finally
        {
            _gate.Release();
        }
    }

    public override async Task<BaseConfiguration> GetBaseConfigurationAsync(CancellationToken cancel) => await GetConfigurationAsync(cancel);

    public override void RequestRefresh() => _refresh = true;

    private async Task<OpenIdConnectConfiguration> FetchAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = _http.CreateClient(HttpClientName);
            return Checked(await OpenIdConnectConfigurationRetriever.GetAsync($"{_authority}/.well-known/openid-configuration", new Documents(client), cancellationToken));
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever the parsers throw at nonsense.
            var failure = e as ProviderUnavailableException ?? new ProviderUnavailableException($"The sign-in service {_authority} does not answer, or not as it should: {(e.InnerException ?? e).Message}", e);
            _failed = (failure, _time.GetTimestamp());
            throw failure;
        }
    }

    private OpenIdConnectConfiguration Checked(OpenIdConnectConfiguration configuration)
    {
        // Discovery, section 4.3: a document of another issuer is not believed.
        if (configuration.Issuer?.TrimEnd('/') != _authority)
        {
            throw new ProviderUnavailableException($"The provider calls itself {configuration.Issuer}, and {_authority} was expected.");
        }

        if (configuration.JsonWebKeySet is not { Keys.Count: > 0 })
        {
            throw new ProviderUnavailableException($"The provider {_authority} publishes no keys.");
        }

        (string Name, string? Url, bool IsNeeded)[] addresses =
        [
            ("authorization_endpoint", configuration.AuthorizationEndpoint, true),
            ("token_endpoint", configuration.TokenEndpoint, true),
            ("jwks_uri", configuration.JwksUri, true),
            ("userinfo_endpoint", configuration.UserInfoEndpoint, false),
            ("end_session_endpoint", configuration.EndSessionEndpoint, false),
            ("pushed_authorization_request_endpoint", configuration.PushedAuthorizationRequestEndpoint, configuration.RequirePushedAuthorizationRequests),
        ];
        foreach (var (name, url, isNeeded) in addresses)
        {
            if (string.IsNullOrEmpty(url) ? isNeeded : !TransportSecurity.Is(url))
            {
                throw new ProviderUnavailableException($"The provider {_authority} gives no {name} that is https, or on this machine.");
            }
        }

        return configuration;
    }

    private sealed class Documents(HttpClient client) : IDocumentRetriever
    {
        public Task<string> GetDocumentAsync(string address, CancellationToken cancel) => TransportSecurity.Is(address)
            ? client.GetStringAsync(address, cancel)
            : throw new ProviderUnavailableException($"The provider gives an address that is neither https nor on this machine: {address}");
    }
}
