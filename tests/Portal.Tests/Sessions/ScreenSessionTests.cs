using Sallyport.Contracts;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Sessions;

/// <summary>What a gateway is told of a screen.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ScreenSessionTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    [Fact]
    public async Task The_gateway_has_both_passwords_of_a_panel_and_what_an_admin_left_empty_stays()
    {
        var spec = new ServiceSpec(ServiceKind.Vnc, "Two passwords", 5900, "", "control", false, 0, new ScreenSettings { Control = ScreenControl.AskAdmin, ViewPassword = true });
        var services = world.Get<ServiceChanges>();
        Assert.Contains("both passwords", (await services.AddAsync(world.Admin, world.Panel.Id, spec, default)).Error, StringComparison.Ordinal);
        var service = PlantWorld.Value(await services.AddAsync(world.Admin, world.Panel.Id, spec with { ViewSecret = "view" }, default));
        PlantWorld.Value(await services.SaveAsync(world.Admin, service.Id, spec with { Secret = "changed" }, service.Version, default));

        var (technician, session) = await world.ReadyAsync(service);
        var ticket = PlantWorld.Value(await world.Broker.IssueTicketAsync(technician, session.Id, default));
        var (order, _) = await world.Gateway.RedeemAsync(ticket.Ticket);

        Assert.Equal(("changed", "view"), (order!.Credential.Password, order.Credential.ViewPassword));
        Assert.True(order.Screen!.ViewPassword);
    }
}
