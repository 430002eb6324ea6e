using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>What the framework's handler does for a provider: the code flow with PKCE (S256), state and nonce, and nothing else.</summary>
internal sealed class OpenIdOptions(IHttpClientFactory http, IHttpMessageHandlerFactory handlers, SignInProviders providers, IOptions<PortalOptions> portal, TimeProvider time) : IConfigureNamedOptions<OpenIdConnectOptions>
{
    public const int MaxAnswer = 256 * 1024;

    /// <summary>For the provider to answer the portal, in seconds.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>From leaving for the provider until coming back.</summary>
    public static readonly TimeSpan SignInTime = TimeSpan.FromMinutes(10);

    public void Configure(OpenIdConnectOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, OpenIdConnectOptions options)
    {
        if (providers.Find(name) is not { } provider)
        {
            return;
        }

        var configuration = new ProviderConfiguration(provider.Authority, http, time);
        options.Authority = provider.Authority;
        options.ClientId = provider.ClientId;
        options.ClientSecret = provider.ClientSecret;
        options.CallbackPath = provider.CallbackPath;
        options.ConfigurationManager = configuration;
        options.Backchannel = new HttpClient(new ClientAuthentication(async cancel => InFormOnly(await configuration.GetConfigurationAsync(cancel))) { InnerHandler = handlers.CreateHandler(ProviderConfiguration.HttpClientName) })
        {
            Timeout = Timeout,
            MaxResponseContentBufferSize = MaxAnswer,
        };
        options.Scope.Clear();
        foreach (var scope in provider.Scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            options.Scope.Add(scope);
        }

        options.SignInScheme = options.SignOutScheme = SignInRoutes.CookieScheme;
        options.EventsType = typeof(SignInEvents);
        options.ResponseType = OpenIdConnectResponseType.Code;
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.UsePkce = true;
        options.SaveTokens = true;
        options.PushedAuthorizationBehavior = PushedAuthorizationBehavior.UseIfAvailable;
        options.GetClaimsFromUserInfoEndpoint = true;
        options.MapInboundClaims = false;
        options.ClaimActions.Clear();
        options.TokenValidationParameters = IdTokenRules.Parameters(provider.ClientId, time);
        options.TokenHandler = new SignedTokens();
        options.DisableTelemetry = true;
        options.RemoteAuthenticationTimeout = SignInTime;
        options.ProtocolValidator.NonceLifetime = SignInTime;
        options.NonceCookie.BeOfThisHost("sallyport-nonce-", portal.Value.IsHttps);
        options.CorrelationCookie.BeOfThisHost("sallyport-signing-in-", portal.Value.IsHttps);
        options.NonceCookie.SameSite = options.CorrelationCookie.SameSite = SameSiteMode.Lax;

        // Front-channel logout believes whoever embeds the address, and after the sign-out people are at the portal's first page.
        options.RemoteSignOutPath = options.SignedOutCallbackPath = default;
    }

    // Discovery, section 3: without the list, client_secret_basic it is.
    private static bool InFormOnly(OpenIdConnectConfiguration configuration) =>
        configuration.TokenEndpointAuthMethodsSupported is { Count: > 0 } methods && !methods.Contains("client_secret_basic") && methods.Contains("client_secret_post");
}
