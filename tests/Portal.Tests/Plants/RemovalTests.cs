using System.Net;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Access;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Recordings;
using Sallyport.Portal.Sessions;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Plants;

[Collection(PostgresCollection.Name)]
public sealed class RemovalTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    private static int _made;

    private Removals Removals => world.Get<Removals>();

    [Fact]
    public async Task A_removed_service_ends_its_sessions_revokes_its_grants_and_denies_its_requests()
    {
        var (asset, service) = await AssetAsync();
        var (technician, session) = await world.ActiveAsync(service);
        var waiting = await world.PersonAsync(Role.Technician);
        var request = PlantWorld.Value(await world.Get<AccessRequests>().SubmitAsync(waiting, service.Id, "Look at it too", null, world.Time.GetUtcNow(), TimeSpan.FromHours(1), default));
        var usage = (await Removals.UsageAsync(world.Admin, world.Plant.Id, default))[service.Id];
        Assert.Equal(new Usage(1, 1, 1), usage);
        Assert.StartsWith("1 session that runs there is ended first. 1 grant is revoked and 1 request denied.", usage.Consequences, StringComparison.Ordinal);

        Assert.Null(await Removals.RemoveServiceAsync(world.Admin, service.Id, default));

        Assert.Equal((SessionEndReason.Revoked, $"An admin removed Terminal, {asset.Name}."), ((await world.EndedAsync(session.Id)).EndReason, (await world.SessionAsync(session.Id)).EndMessage));
        await world.Gateway.EventAsync<EndSession>(GatewayEvent.EndSession, e => e.SessionId == session.Id);
        await world.PathClosedAsync(session.Id);
        Assert.Contains("does not exist any more", (await world.Broker.ConnectAsync(technician, service.Id, default)).Error, StringComparison.Ordinal);
        Assert.NotNull((await world.Get<AccessRequests>().SubmitAsync(technician, service.Id, "Look at it again", null, world.Time.GetUtcNow(), TimeSpan.FromHours(1), default)).Error);
        Assert.NotNull((await world.Get<AccessRequests>().ApproveAsync(world.Admin, request.Id, "", null, default)).Error);
        Assert.Empty(await world.Get<Grants>().InForceAsync(technician, own: true, default));
        await using var db = world.Get<PortalDbFactory>().ForSystem();
        Assert.NotNull((await db.Grants.SingleAsync(g => g.Id == session.GrantId)).RevokedAt);
        Assert.Equal(AccessRequestState.Denied, (await db.AccessRequests.SingleAsync(r => r.Id == request.Id)).State);
        Assert.Empty((await db.Services.SingleAsync(s => s.Id == service.Id)).SealedCredential);
        Assert.Single(await world.AuditAsync(AuditAction.ServiceRemoved, service.Id));
        Assert.NotNull(await Removals.RemoveServiceAsync(world.Admin, service.Id, default));
        Assert.Single(await world.AuditAsync(AuditAction.ServiceRemoved, service.Id));
    }

    [Fact]
    public async Task A_ticket_for_a_service_that_was_removed_is_worth_nothing()
    {
        var (_, service) = await AssetAsync();
        var (technician, session) = await world.ReadyAsync(service);
        var ticket = PlantWorld.Value(await world.Broker.IssueTicketAsync(technician, session.Id, default));

        Assert.Null(await Removals.RemoveServiceAsync(world.Admin, service.Id, default));

        Assert.Null((await world.Gateway.RedeemAsync(ticket.Ticket)).Order);
    }

    [Fact]
    public async Task A_removed_asset_is_found_nowhere_but_in_what_was_recorded_and_its_name_is_free()
    {
        var (asset, service) = await AssetAsync();
        var (_, session) = await world.ActiveAsync(service);

        Assert.Null(await Removals.RemoveAssetAsync(world.Admin, asset.Id, default));
        await world.EndedAsync(session.Id);

        Assert.DoesNotContain(await world.Get<AssetRegistry>().ListAsync(world.Admin, world.Plant.Id, default), a => a.Asset.Id == asset.Id);
        Assert.Null(await world.Get<AssetRegistry>().FindAsync(world.Admin, service.Id, default));
        Assert.Contains(await world.Get<RecordingLibrary>().FindAsync(world.Admin, asset.Name, default), r => r.Recording.SessionId == session.Id);
        Assert.Single(await world.AuditAsync(AuditAction.AssetRemoved, asset.Id));
        PlantWorld.Value(await world.Get<AssetRegistry>().AddAsync(world.Admin, world.Plant.Id, asset.Name, asset.Address.ToString(), "", null, default));
        Assert.Contains("was removed", (await world.Get<AssetChanges>().SaveAsync(world.Admin, asset.Id, new AssetSpec("Again", asset.Address.ToString(), "", null), asset.Version, default)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_removed_plant_is_no_peer_any_more_its_codes_are_void_and_its_addresses_are_free()
    {
        var plant = await PlantAsync();
        var (_, service) = await AssetAsync(plant);
        var (_, session) = await world.ActiveAsync(service);
        var key = (await world.Get<PlantRegistry>().FindAsync(world.Admin, plant.Id, default))!.PublicKey;
        var code = (await world.Get<PlantRegistry>().NewCodeAsync(world.Admin, plant.Id, default)).Value!;

        Assert.Null(await Removals.RemovePlantAsync(world.Admin, plant.Id, default));

        await world.Hub.EventAsync<PeerRemoval>(HubEvent.RemovePeer, order => order.PublicKey == key);
        await world.EndedAsync(session.Id);
        Assert.Equal(HttpStatusCode.Forbidden, await EnrollAsync(code));
        Assert.NotNull((await world.Get<PlantRegistry>().NewCodeAsync(world.Admin, plant.Id, default)).Error);
        Assert.DoesNotContain(await world.Get<PlantRegistry>().ListAsync(world.Admin, default), p => p.Plant.Id == plant.Id);
        Assert.Equal("Its edge is no peer any more.", Assert.Single(await world.AuditAsync(AuditAction.PlantRemoved, plant.Id)).Field("reason"));
        var next = PlantWorld.Value(await world.Get<PlantRegistry>().AddAsync(world.Admin, plant.Name, plant.LanPrefix.ToString(), false, default));
        Assert.Equal((plant.VirtualPrefix, plant.TunnelAddress), (next.VirtualPrefix, next.TunnelAddress));
    }

    [Fact]
    public async Task A_hub_that_was_away_is_told_of_no_peer_of_a_removed_plant()
    {
        var alone = new PlantWorld(world.Cluster);
        await alone.InitializeAsync();
        try
        {
            await alone.Hub.DisconnectAsync();
            Assert.Null(await alone.Get<Removals>().RemovePlantAsync(alone.Admin, alone.Plant.Id, default));
            Assert.Contains("as soon as the hub can be told", Assert.Single(await alone.AuditAsync(AuditAction.PlantRemoved, alone.Plant.Id)).Field("reason"), StringComparison.Ordinal);

            alone.Hub.Events.Clear();
            await alone.Hub.ReconnectAsync();

            Assert.Empty((await alone.Hub.EventAsync<HubState>(HubEvent.State)).Peers);
        }
        finally
        {
            await alone.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_edge_that_enrolls_while_its_plant_is_removed_is_no_peer_in_the_end()
    {
        for (var round = 0; round < 5; round++)
        {
            var plant = await PlantAsync(enrolled: false);
            var code = (await world.Get<PlantRegistry>().NewCodeAsync(world.Admin, plant.Id, default)).Value!;
            world.Hub.Events.Clear();

            var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
            await Task.WhenAll(EnrollAsync(code, key), Removals.RemovePlantAsync(world.Admin, plant.Id, default));

            var orders = world.Hub.Events.Where(e => e.Name is HubEvent.SetPeer or HubEvent.RemovePeer && e.Data.Contains(System.Text.Json.JsonEncodedText.Encode(key).ToString(), StringComparison.Ordinal)).Select(e => e.Name).ToList();
            Assert.True(orders is [] or [.., HubEvent.RemovePeer], string.Join(", ", orders));
        }
    }

    private async Task<Plant> PlantAsync(bool enrolled = true)
    {
        var plant = PlantWorld.Value(await world.Get<PlantRegistry>().AddAsync(world.Admin, $"Plant {Interlocked.Increment(ref _made)}", "192.168.10.0/24", false, default));
        if (enrolled)
        {
            await world.EnrollAsync(plant);
        }

        return plant;
    }

    private async Task<(Asset Asset, Service Service)> AssetAsync(Plant? plant = null)
    {
        var address = $"192.168.10.{100 + Interlocked.Increment(ref _made)}";
        var asset = PlantWorld.Value(await world.Get<AssetRegistry>().AddAsync(world.Admin, (plant ?? world.Plant).Id, $"Panel at {address}", address, "", null, default));
        return (asset, await world.ServiceAsync(asset, "Terminal", 22));
    }

    private async Task<HttpStatusCode> EnrollAsync(string code, string? key = null)
    {
        using var browser = world.Portal.NewBrowser();
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["code"] = code, ["public_key"] = key ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)) });
        return (await browser.Http.PostAsync("/enroll/plant", form)).StatusCode;
    }
}
