namespace Sallyport.Portal.Plants;

public static class PlantsFeature
{
    public static IServiceCollection AddPlants(this IServiceCollection services) => services
        .AddSingleton<PlantRegistry>().AddSingleton<AssetRegistry>()
        .AddSingleton<PlantChanges>().AddSingleton<AssetChanges>().AddSingleton<ServiceChanges>().AddSingleton<PlantRemoval>()
        .AddSingleton<RemovalSweeper>().AddHostedService<CredentialRebinding>().AddHostedService(provider => provider.GetRequiredService<RemovalSweeper>());
}
