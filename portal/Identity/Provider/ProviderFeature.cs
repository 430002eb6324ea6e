namespace Sallyport.Portal.Identity.Provider;

internal static class ProviderFeature
{
    public static void MapProvider(this IEndpointRouteBuilder endpoints)
    {
        DiscoveryEndpoints.Map(endpoints);
        AuthorizeEndpoint.Map(endpoints);
        TokenEndpoint.Map(endpoints);
        UserInfoEndpoint.Map(endpoints);
        EndSessionEndpoint.Map(endpoints);
        SignInEndpoint.Map(endpoints);
    }
}
