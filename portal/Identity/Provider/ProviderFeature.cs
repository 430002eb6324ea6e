using Microsoft.Extensions.Options;

namespace Sallyport.Portal.Identity.Provider;

internal static class ProviderFeature
{
    public static IServiceCollection AddProvider(this IServiceCollection services)
    {
        services.AddOptions<ProviderOptions>().BindConfiguration(ProviderOptions.Section).ValidateOnStart();
        services.AddOptions<PasswordThrottleOptions>().BindConfiguration(PasswordThrottleOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddProviderServer();
        return services
            .AddSingleton<IValidateOptions<ProviderOptions>, ProviderOptionsCheck>().AddSingleton<IValidateOptions<PasswordThrottleOptions>, PasswordThrottleOptionsCheck>()
            .AddSingleton<ProviderAccounts>()
            .AddSingleton<PasswordThrottle>().AddSingleton<KnownBrowsers>().AddSingleton<FailedAttempts>().AddSingleton<AccountNotices>()
            .AddHostedService<PasswordAttemptSweeper>();
    }

    public static void MapProvider(this IEndpointRouteBuilder endpoints)
    {
        // OpenIddict answers these before the end points do, which are there for who may ask.
        endpoints.MapGet(ProviderRoutes.Discovery, () => Results.NotFound()).AllowAnonymous();
        endpoints.MapGet(ProviderRoutes.Jwks, () => Results.NotFound()).AllowAnonymous();
        endpoints.MapPost(ProviderRoutes.Push, () => Results.NotFound()).AllowAnonymous().DisableAntiforgery();
        endpoints.MapPost(ProviderRoutes.Token, () => Results.NotFound()).AllowAnonymous().DisableAntiforgery().AllowAnyOrigin();
        AuthorizeEndpoint.Map(endpoints);
        UserInfoEndpoint.Map(endpoints);
        EndSessionEndpoint.Map(endpoints);
        SignInEndpoint.Map(endpoints);
        NewPasswordEndpoint.Map(endpoints);
        FailedAttemptsEndpoint.Map(endpoints);
    }
}
