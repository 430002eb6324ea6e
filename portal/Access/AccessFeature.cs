using Sallyport.Portal.Identity.SignIn;

namespace Sallyport.Portal.Access;

public static class AccessFeature
{
    public static IServiceCollection AddAccess(this IServiceCollection services) => services.AddSingleton<AccessPolicies>().AddSingleton<AccessRequests>().AddSingleton<Grants>().AddSingleton<IEndsWithSignIn, DisabledPeople>();
}
