namespace Sallyport.Portal.Access;

public static class AccessFeature
{
    public static IServiceCollection AddAccess(this IServiceCollection services) => services.AddSingleton<AccessRequests>().AddSingleton<Grants>();
}
