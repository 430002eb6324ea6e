using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity.Provider;
using Sallyport.Portal.Identity.SignIn;

namespace Sallyport.Portal.Identity;

public static class IdentityFeature
{
    /// <summary>The rate limit on everything that takes a password or a code.</summary>
    public const string SignInLimit = "sign-in";

    /// <summary>The rate limit on beginning a sign-in, which many providers are told of.</summary>
    public const string StartLimit = "sign-in-start";

    /// <summary>The rate limit on what providers say by themselves: many people may be signed out at once.</summary>
    public const string BackChannelLimit = "back-channel";

    private const int BackChannelPerMinute = 600;

    public static IServiceCollection AddIdentity(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddProvider();
        services.AddOptions<RelyingPartyOptions>().BindConfiguration(RelyingPartyOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<RelyingPartyOptions>, RelyingPartyOptionsCheck>();
        services.AddSingleton<Installation>();
        services.AddSingleton<UserDirectory>().AddSingleton<SessionRevalidator>().AddSingleton<Passwords>().AddSingleton<SignInDelays>();
        services.AddSingleton<SignIns>().AddSingleton<UserSignIns>().AddSingleton<OpenConnections>().AddSingleton<ProviderSignIns>();
        services.AddSingleton<FirstRun>().AddHostedService(provider => provider.GetRequiredService<FirstRun>());
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, DenialAudit>();
        services.AddScoped<Acts>();

        services.AddIdentityCore<Account>(options =>
        {
            options.Password.RequiredLength = 12;
            options.Password.RequireDigit = options.Password.RequireLowercase = options.Password.RequireUppercase = options.Password.RequireNonAlphanumeric = false;
        }).AddEntityFrameworkStores<PortalDb>();

        // PBKDF2 with HMAC-SHA512, as OWASP has it. An older hash is renewed when its owner signs in.
        services.Configure<PasswordHasherOptions>(options => options.IterationCount = 210_000);

        var https = PortalOptions.IsHttpsAddress(configuration["Portal:PublicUrl"]);
        services.AddAuthentication(SignInRoutes.CookieScheme)
            .AddCookie(SignInRoutes.CookieScheme, options =>
            {
                Cookie(options, "sallyport");
                options.LoginPath = SignInRoutes.Start;
                options.AccessDeniedPath = "/access-denied";
                options.ReturnUrlParameter = "returnUrl";
                options.ExpireTimeSpan = TimeSpan.FromHours(10);
                options.Events.OnValidatePrincipal = PortalCookie.ValidateAsync;
            })
            .AddCookie(ProviderRoutes.CookieScheme, options =>
            {
                Cookie(options, "sallyport-openid");
                options.ExpireTimeSpan = TimeSpan.FromHours(10);
                options.Events.OnValidatePrincipal = ProviderCookie.ValidateAsync;
            })
            .AddOpenId();
        services.AddAuthorizationBuilder().AddPortalPolicies();
        services.AddCascadingAuthenticationState();
        services.AddSingleton<IEndsWithSignIn>(provider => provider.GetRequiredService<SessionRevalidator>())
            .AddSingleton<IEndsWithSignIn>(provider => provider.GetRequiredService<OpenConnections>())
            .AddSingleton<IEndsWithSignIn>(provider => provider.GetRequiredService<ProviderSignIns>())
            .AddHostedService<SignInTimers>();

        if (configuration["Portal:KeyFolder"] is { } keyFolder)
        {
            services.AddDataProtection().SetApplicationName("sallyport");
            services.AddOptions<KeyManagementOptions>().Configure<ILoggerFactory>((options, loggers) => options.XmlRepository = new CookieKeys(new DirectoryInfo(Path.Combine(keyFolder, "cookies")), loggers));
        }

        services.AddRateLimiter(options =>
        {
            options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            options.AddPolicy(BackChannelLimit, http => RateLimitPartition.GetSlidingWindowLimiter(
                http.Connection.RemoteIpAddress?.ToString() ?? "",
                _ => new SlidingWindowRateLimiterOptions { PermitLimit = BackChannelPerMinute, Window = TimeSpan.FromMinutes(1), SegmentsPerWindow = 6 }));
            foreach (var policy in new[] { SignInLimit, StartLimit })
            {
                options.AddPolicy(policy, http => RateLimitPartition.GetSlidingWindowLimiter(
                    http.Connection.RemoteIpAddress?.ToString() ?? "",
                    _ => new SlidingWindowRateLimiterOptions { PermitLimit = http.RequestServices.GetRequiredService<IOptions<RelyingPartyOptions>>().Value.AttemptsPerMinute, Window = TimeSpan.FromMinutes(1), SegmentsPerWindow = 6 }));
            }
        });
        return services;

        void Cookie(CookieAuthenticationOptions options, string name)
        {
            options.Cookie.BeOfThisHost(name, https);
            options.Cookie.SameSite = SameSiteMode.Lax;
        }
    }

    public static IApplicationBuilder UseIdentity(this IApplicationBuilder app) => app.UseRateLimiter().UseAuthentication().UseAuthorization().UseMiddleware<OpenRequests>().UseMiddleware<RefusedRequests>();

    public static IEndpointRouteBuilder MapIdentity(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapProvider();
        SignInEndpoints.Map(endpoints);
        FirstRun.Map(endpoints);
        PasswordEndpoint.Map(endpoints);
        return endpoints;
    }
}
