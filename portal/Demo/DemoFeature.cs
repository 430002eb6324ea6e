namespace Sallyport.Portal.Demo;

public static class DemoFeature
{
    /// <summary>Only when <c>Demo:Folder</c> is set, which <c>deploy/up --demo</c> does.</summary>
    public static IServiceCollection AddDemo(this IServiceCollection services, IConfiguration configuration) =>
        configuration["Demo:Folder"] is { Length: > 0 } ? services.AddHostedService<DemoPlant>() : services;
}
