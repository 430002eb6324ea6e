using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts;
using Sallyport.Portal.Access;
using Sallyport.Portal.Data;
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

    [Fact]
    public async Task Who_asks_is_warned_of_what_keeps_anybody_out()
    {
        var technician = await world.Portal.AddUserAsync(Role.Technician);
        var asset = PlantWorld.Value(await world.Get<AssetChanges>().AddAsync(world.Admin, world.Plant.Id, new AssetSpec("Unpinned", "192.168.10.77", "", null), default));
        var unpinned = PlantWorld.Value(await world.Get<ServiceChanges>().AddAsync(world.Admin, asset.Id, new ServiceSpec(ServiceKind.Ssh, "Terminal", 22, "root", "not a real secret", false, 30), default));

        Assert.Contains("Nobody has pinned the host key of Unpinned yet.", await PageAsync(unpinned.Id), StringComparison.Ordinal);
        Assert.DoesNotContain("not connect before that", await PageAsync(world.Terminal.Id), StringComparison.Ordinal);

        Task<string> PageAsync(Guid service) => RenderedPage.OfAsync<RequestPage>(world.Portal, technician, new() { [nameof(RequestPage.ServiceId)] = service });
    }

    [Fact]
    public async Task Who_is_locked_out_reads_so_wherever_they_could_connect()
    {
        var technician = await world.Portal.AddUserAsync(Role.Technician);
        await world.GrantAsync(technician.Actor, world.Terminal);
        Assert.Contains("Connect", await HomeAsync(), StringComparison.Ordinal);

        await world.Get<Grants>().PlaceLockoutAsync(world.Operator, technician.User.Id, world.Panel.Id, "Somebody is in the cell", default);

        string[] pages = [await HomeAsync(), await AssetAsync(technician), await RenderedPage.OfAsync<RequestPage>(world.Portal, technician, new() { [nameof(RequestPage.ServiceId)] = world.Terminal.Id })];
        Assert.All(pages, page =>
        {
            Assert.Contains("keeps you out until an admin lifts it.", page, StringComparison.Ordinal);
            Assert.DoesNotContain("Connect", page, StringComparison.Ordinal);
        });

        Task<string> HomeAsync() => RenderedPage.OfAsync<MyPlantsPage>(world.Portal, technician, []);
    }

    [Fact]
    public async Task Who_has_a_session_on_an_asset_is_led_back_to_it()
    {
        var (technician, session) = await world.ActiveAsync();
        await using var db = world.Get<PortalDbFactory>().ForSystem();
        var user = await db.People.SingleAsync(u => u.Id == technician.UserId);

        var page = await AssetAsync(new TestUser(user, "", ""));

        Assert.Contains($"href=\"/sessions/{session.Id}\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Connect", page, StringComparison.Ordinal);
    }

    private Task<string> AssetAsync(TestUser user) => RenderedPage.OfAsync<AssetPage>(world.Portal, user, new() { [nameof(AssetPage.Id)] = world.Panel.Id });
}
