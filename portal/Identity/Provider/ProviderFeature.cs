using Microsoft.Extensions.Options;

namespace Sallyport.Portal.Identity.Provider;

internal static class ProviderFeature
{
    public static IServiceCollection AddProvider(this IServiceCollection services)
    {
        services.AddOptions<ProviderOptions>().BindConfiguration(ProviderOptions.Section).ValidateOnStart();
        services.AddOptions<PasswordThrottleOptions>().BindConfiguration(PasswordThrottleOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        return services
            .AddSingleton<IValidateOptions<ProviderOptions>, ProviderOptionsCheck>().AddSingleton<IValidateOptions<PasswordThrottleOptions>, PasswordThrottleOptionsCheck>()
            .AddSingleton<ProviderClients>().AddSingleton<ProviderKeys>().AddSingleton<ProviderAccounts>()
            .AddSingleton<PasswordThrottle>().AddSingleton<KnownBrowsers>().AddSingleton<FailedAttempts>().AddSingleton<AccountNotices>()
            .AddHostedService<PasswordAttemptSweeper>();
    }

    public static void MapProvider(this IEndpointRouteBuilder endpoints)
    {
        DiscoveryEndpoints.Map(endpoints);
        AuthorizeEndpoint.Map(endpoints);
        TokenEndpoint.Map(endpoints);
        UserInfoEndpoint.Map(endpoints);
        EndSessionEndpoint.Map(endpoints);
        SignInEndpoint.Map(endpoints);
        NewPasswordEndpoint.Map(endpoints);
        FailedAttemptsEndpoint.Map(endpoints);
    }
}
