using Sallyport.Portal.Access;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Access;

[Collection(PostgresCollection.Name)]
public sealed class RequestPageTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    [Theory]
    [InlineData(168, "at most 168 h", "8 h")]
    [InlineData(2.5, "at most 2.5 h", "2 h")]
    [InlineData(0.5, "at most 0.5 h", "30 min")]
    public async Task Whoever_asks_sees_the_longest_window_that_the_plant_allows_and_is_offered_none_that_is_longer(double hours, string most, string longest)
    {
        var plant = (await world.Get<PlantRegistry>().FindAsync(world.Admin, world.Plant.Id, default))!;
        PlantWorld.Value(await world.Get<PlantChanges>().SaveAsync(world.Admin, plant.Id, new PlantSpec(plant.Name, hours, 14), plant.Version, default));

        var html = await RenderedPage.OfAsync<RequestPage>(world.Portal, await world.Portal.AddUserAsync(Role.Technician), new() { [nameof(RequestPage.ServiceId)] = world.Terminal.Id });

        Assert.Contains(most, html, StringComparison.Ordinal);
        string[] lengths = ["30 min", "1 h", "2 h", "4 h", "8 h"];
        Assert.Equal(lengths[..(Array.IndexOf(lengths, longest) + 1)], lengths.Where(length => html.Contains($">{length}</button>", StringComparison.Ordinal)));
    }
}
