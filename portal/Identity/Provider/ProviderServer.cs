using Microsoft.Extensions.Options;
using OpenIddict.Server;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity.SignIn;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>OpenIddict as the embedded provider: the code flow with PKCE (S256), and nothing else.</summary>
internal static class ProviderServer
{
    public static readonly TimeSpan CodeLifetime = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan TokenLifetime = TimeSpan.FromMinutes(5);

    /// <summary>A pushed request waits while its person types a password, or chooses one.</summary>
    public static readonly TimeSpan PushedLifetime = OpenIdOptions.SignInTime;

    public static void AddProviderServer(this IServiceCollection services)
    {
        // Every request and answer is at Information.
        services.AddLogging(logging => logging.AddFilter("OpenIddict", LogLevel.Warning));
        services.AddOpenIddict()
            .AddCore(core => core.UseEntityFrameworkCore().UseDbContext<PortalDb>().ReplaceDefaultEntities<Guid>())
            .AddServer(server =>
            {
                server.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange();
                server.RegisterScopes(Scopes.Profile);
                server.RegisterClaims(Claims.AuthenticationTime, Claims.Name, Claims.PreferredUsername, ProviderClaims.SignIn);
                server.SetAuthorizationCodeLifetime(CodeLifetime).SetAccessTokenLifetime(TokenLifetime).SetIdentityTokenLifetime(TokenLifetime);
                server.DisableAccessTokenEncryption();
                server.Configure(options =>
                {
                    options.RequestTokenLifetime = PushedLifetime;
                    options.CodeChallengeMethods.Clear();
                    options.CodeChallengeMethods.Add(CodeChallengeMethods.Sha256);
                    options.ResponseModes.Clear();
                    options.ResponseModes.Add(ResponseModes.Query);
                });

                // Whether browsers come by TLS, Portal:PublicUrl says; it may end in front of the portal.
                server.UseAspNetCore()
                    .DisableTransportSecurityRequirement()
                    .EnableAuthorizationEndpointPassthrough()
                    .EnableEndSessionEndpointPassthrough()
                    .EnableUserInfoEndpointPassthrough()
                    .EnableErrorPassthrough();
                server.AddEventHandler<ValidateTokenContext>(handler => handler.UseSingletonHandler<TokenHolds>().SetOrder(OpenIddictServerHandlers.Protection.ValidateAuthorizationEntry.Descriptor.Order + 500));
                server.AddEventHandler<HandleConfigurationRequestContext>(handler => handler.UseInlineHandler(context =>
                {
                    (context.Metadata["backchannel_logout_supported"], context.Metadata["backchannel_logout_session_supported"]) = (true, true);
                    return default;
                }));
                server.AddEventHandler<ApplyAuthorizationResponseContext>(handler => handler.UseSingletonHandler<ProviderRefusals>().SetOrder(int.MinValue + 500_000));
                server.AddEventHandler<ApplyPushedAuthorizationResponseContext>(handler => handler.UseSingletonHandler<ProviderRefusals>().SetOrder(int.MinValue + 500_000));
                server.AddEventHandler<ApplyTokenResponseContext>(handler => handler.UseSingletonHandler<ProviderRefusals>().SetOrder(int.MinValue + 500_000));
            });
        services.AddSingleton<ProviderKeys>()
            .AddSingleton<IConfigureOptions<OpenIddictServerOptions>>(provider => provider.GetRequiredService<ProviderKeys>())
            .AddSingleton<IOptionsChangeTokenSource<OpenIddictServerOptions>>(provider => provider.GetRequiredService<ProviderKeys>());
        services.AddOptions<OpenIddictServerOptions>().Configure<IOptions<PortalOptions>, TimeProvider>((options, portal, time) =>
        {
            var root = portal.Value.PublicUrl;
            options.TimeProvider = time;
            options.Issuer = new Uri(root + ProviderRoutes.Base);
            Serve(options.ConfigurationEndpointUris, ProviderRoutes.Discovery);
            Serve(options.JsonWebKeySetEndpointUris, ProviderRoutes.Jwks);
            Serve(options.AuthorizationEndpointUris, ProviderRoutes.Authorize);
            Serve(options.PushedAuthorizationEndpointUris, ProviderRoutes.Push);
            Serve(options.TokenEndpointUris, ProviderRoutes.Token);
            Serve(options.UserInfoEndpointUris, ProviderRoutes.UserInfo);
            Serve(options.EndSessionEndpointUris, ProviderRoutes.EndSession);

            // The first is told to clients; the second is what arrives, behind a proxy that opens TLS.
            void Serve(List<Uri> uris, string route)
            {
                uris.Clear();
                uris.Add(new Uri(root + route));
                uris.Add(new Uri(route[1..], UriKind.Relative));
            }
        });
        services.AddSingleton<ProviderClients>().AddHostedService(provider => provider.GetRequiredService<ProviderClients>());
        services.AddHttpClient(ClientLogouts.HttpClientName, client => client.Timeout = ClientLogouts.Patience)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = ClientLogouts.ConnectionLifetime });
        services.AddSingleton<ClientLogouts>().AddHostedService(provider => provider.GetRequiredService<ClientLogouts>());
        services.AddSingleton<ProviderHousekeeping>().AddHostedService(provider => provider.GetRequiredService<ProviderHousekeeping>());
    }
}
