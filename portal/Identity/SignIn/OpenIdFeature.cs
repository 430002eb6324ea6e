using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Sallyport.Portal.Identity.SignIn;

internal static class OpenIdFeature
{
    /// <summary>After that a provider's name is looked up again.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(10);

    /// <summary>Sign-in at OpenID providers.</summary>
    public static AuthenticationBuilder AddOpenId(this AuthenticationBuilder authentication)
    {
        var services = authentication.Services;
        services.AddHttpClient(ProviderConfiguration.HttpClientName, client =>
        {
            client.Timeout = OpenIdOptions.Timeout;
            client.MaxResponseContentBufferSize = OpenIdOptions.MaxAnswer;

            // A redirect would carry codes and secrets to wherever it points.
        }).ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = ConnectionLifetime });
        services.AddSingleton<SignInProviders>().AddHostedService(provider => provider.GetRequiredService<SignInProviders>());
        services.AddSingleton<IdentityProviders>();
        services.AddTransient<SignInEvents>().AddSingleton<LogoutTokens>().AddSingleton<ProviderLogouts>();
        services.AddSingleton<IConfigureOptions<OpenIdConnectOptions>, OpenIdOptions>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<OpenIdConnectOptions>, OpenIdConnectPostConfigureOptions>());

        // The handler's own log repeats what strangers send; what failed is logged here in a sentence.
        services.AddLogging(logging => logging.AddFilter(typeof(OpenIdHandler).FullName, LogLevel.None));
        return authentication.AddRemoteScheme<OpenIdConnectOptions, OpenIdHandler>(SignInProvider.Default, null, _ => { });
    }
}
