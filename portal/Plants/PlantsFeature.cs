namespace Sallyport.Portal.Plants;

public static class PlantsFeature
{
    public static IServiceCollection AddPlants(this IServiceCollection services) => services;

    public static IEndpointRouteBuilder MapPlants(this IEndpointRouteBuilder endpoints) => endpoints;
}
