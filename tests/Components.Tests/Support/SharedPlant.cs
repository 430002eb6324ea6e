using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace Sallyport.Components.Tests.Support;

/// <summary>One portal with one plant for all component tests. Each test adds the people and things that it looks for, by names of their own.</summary>
public sealed class SharedPlant : IAsyncLifetime
{
    private readonly PostgresCluster _cluster = new();

    public PlantWorld World { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await _cluster.InitializeAsync();

        // Nobody types a password here; making one for each of hundreds of users would take most of the time.
        World = new PlantWorld(_cluster) { Configure = builder => builder.Services.Configure<PasswordHasherOptions>(options => options.IterationCount = 1) };
        await World.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await World.DisposeAsync();
        await _cluster.DisposeAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class SharedPlantCollection : ICollectionFixture<SharedPlant>
{
    public const string Name = "plant";
}
