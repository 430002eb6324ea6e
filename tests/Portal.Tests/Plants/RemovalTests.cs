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
    private PlantRemoval Removal => world.Get<PlantRemoval>();

    [Fact]
    public async Task A_removed_service_ends_its_sessions_revokes_its_grants_and_denies_its_requests()
    {
        var (asset, service) = await world.NewAssetAsync();
        var (technician, session) = await world.ActiveAsync(service);
        var waiting = await world.PersonAsync(Role.Technician);
        var request = PlantWorld.Value(await world.Get<AccessRequests>().SubmitAsync(waiting, service.Id, "Look at it too", null, world.Time.GetUtcNow(), TimeSpan.FromHours(1), default));
        var usage = (await Removal.UsageAsync(world.Admin, world.Plant.Id, default))[service.Id];
        Assert.Equal(new Usage(1, 1, 1), usage);
        Assert.StartsWith("1 session that runs there is ended first. 1 grant is revoked and 1 request denied.", usage.Consequences, StringComparison.Ordinal);

        Assert.Null(await Removal.RemoveServiceAsync(world.Admin, service.Id, default));

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
        Assert.NotNull(await Removal.RemoveServiceAsync(world.Admin, service.Id, default));
        Assert.Single(await world.AuditAsync(AuditAction.ServiceRemoved, service.Id));
    }

    [Fact]
    public async Task A_ticket_for_a_service_that_was_removed_is_worth_nothing()
    {
        var (_, service) = await world.NewAssetAsync();
        var (technician, session) = await world.ReadyAsync(service);
        var ticket = PlantWorld.Value(await world.Broker.IssueTicketAsync(technician, session.Id, default));

        Assert.Null(await Removal.RemoveServiceAsync(world.Admin, service.Id, default));

        Assert.Null((await world.Gateway.RedeemAsync(ticket.Ticket)).Order);
    }

    [Fact]
    public async Task A_removed_asset_is_found_nowhere_but_in_what_was_recorded_and_its_name_is_free()
    {
        var (asset, service) = await world.NewAssetAsync();
        var (_, session) = await world.ActiveAsync(service);

        Assert.Null(await Removal.RemoveAssetAsync(world.Admin, asset.Id, default));
        await world.EndedAsync(session.Id);

        Assert.DoesNotContain(await world.Get<AssetRegistry>().ListAsync(world.Admin, world.Plant.Id, default), a => a.Asset.Id == asset.Id);
        Assert.Null(await world.Get<AssetRegistry>().FindAsync(world.Admin, service.Id, default));
        Assert.Contains(await world.Get<RecordingLibrary>().FindAsync(await world.PersonAsync(Role.Compliance), asset.Name, default), r => r.Recording.SessionId == session.Id);
        Assert.Single(await world.AuditAsync(AuditAction.AssetRemoved, asset.Id));
        Assert.Contains("its credential with it", Assert.Single(await world.AuditAsync(AuditAction.ServiceRemoved, service.Id)).Field("reason"), StringComparison.Ordinal);
        PlantWorld.Value(await world.Get<AssetChanges>().AddAsync(world.Admin, world.Plant.Id, new AssetSpec(asset.Name, asset.Address.ToString(), "", null), default));
        Assert.Contains("was removed", (await world.Get<AssetChanges>().SaveAsync(world.Admin, asset.Id, new AssetSpec("Again", asset.Address.ToString(), "", null), asset.Version, default)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_removed_plant_is_no_peer_any_more_its_codes_are_void_and_its_addresses_are_free()
    {
        var plant = await world.NewPlantAsync();
        var (asset, service) = await world.NewAssetAsync(plant);
        var (_, session) = await world.ActiveAsync(service);
        var key = (await world.Get<PlantRegistry>().FindAsync(world.Admin, plant.Id, default))!.PublicKey;
        var code = (await world.Get<PlantRegistry>().NewCodeAsync(world.Admin, plant.Id, default)).Value!;

        Assert.Null(PlantWorld.Value(await Removal.RemovePlantAsync(world.Admin, plant.Id, default)).Notice);

        await world.Hub.EventAsync<PeerRemoval>(HubEvent.RemovePeer, order => order.PublicKey == key);
        await world.EndedAsync(session.Id);
        Assert.Equal(HttpStatusCode.Forbidden, await EnrollAsync(code));
        Assert.NotNull((await world.Get<PlantRegistry>().NewCodeAsync(world.Admin, plant.Id, default)).Error);
        Assert.DoesNotContain(await world.Get<PlantRegistry>().ListAsync(world.Admin, default), p => p.Plant.Id == plant.Id);
        Assert.Single(await world.AuditAsync(AuditAction.PlantRemoved, plant.Id));
        Assert.Single(await world.AuditAsync(AuditAction.AssetRemoved, asset.Id));
        Assert.Single(await world.AuditAsync(AuditAction.ServiceRemoved, service.Id));
        Assert.Equal("Its edge is no peer any more.", Assert.Single(await world.AuditAsync(AuditAction.EnrollmentEnded, plant.Id)).Field("reason"));
        Assert.Equal("This plant was removed before.", (await Removal.RemovePlantAsync(world.Admin, plant.Id, default)).Error);
        var next = PlantWorld.Value(await world.Get<PlantRegistry>().AddAsync(world.Admin, plant.Name, plant.LanPrefix.ToString(), false, default));
        Assert.Equal((plant.VirtualPrefix, plant.TunnelAddress), (next.VirtualPrefix, next.TunnelAddress));
    }

    [Fact]
    public async Task While_the_hub_is_away_the_admin_is_told_that_the_edge_stays_a_peer_and_nobody_gets_its_addresses()
    {
        var alone = new PlantWorld(world.Cluster);
        await alone.InitializeAsync();
        try
        {
            await alone.Hub.DisconnectAsync();
            var notice = PlantWorld.Value(await alone.Get<PlantRemoval>().RemovePlantAsync(alone.Admin, alone.Plant.Id, default)).Notice;
            Assert.StartsWith("Test plant was removed, and nobody can work there. Its edge is cut off as soon as the hub can be told:", notice, StringComparison.Ordinal);
            Assert.Equal("failed", Assert.Single(await alone.AuditAsync(AuditAction.EnrollmentEnded, alone.Plant.Id)).Field("result"));
            var second = await alone.NewPlantAsync(enrolled: false);
            Assert.NotEqual((alone.Plant.VirtualPrefix, alone.Plant.TunnelAddress), (second.VirtualPrefix, second.TunnelAddress));

            alone.Hub.Events.Clear();
            await alone.Hub.ReconnectAsync();
            Assert.Empty((await alone.Hub.EventAsync<HubState>(HubEvent.State)).Peers);
            alone.Time.Ahead += TimeSpan.FromMinutes(1);
            await alone.Get<RemovalSweeper>().SweepAsync(default);

            await alone.Hub.EventAsync<PeerRemoval>(HubEvent.RemovePeer);
            Assert.Equal(["Its edge is no peer any more."], (await alone.AuditAsync(AuditAction.EnrollmentEnded, alone.Plant.Id)).Where(entry => entry.Field("result") == "success").Select(entry => entry.Field("reason")));
            var third = await alone.NewPlantAsync(enrolled: false);
            Assert.Equal((alone.Plant.VirtualPrefix, alone.Plant.TunnelAddress), (third.VirtualPrefix, third.TunnelAddress));
        }
        finally
        {
            await alone.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_removal_that_was_broken_off_is_finished_when_it_is_asked_for_again()
    {
        var (_, service) = await world.NewAssetAsync();
        var (_, session) = await world.ActiveAsync(service);
        var request = await AskAsync(service);
        world.Get<Grants>().Revoked += Fail;
        try
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => Removal.RemoveServiceAsync(world.Admin, service.Id, default));
        }
        finally
        {
            world.Get<Grants>().Revoked -= Fail;
        }

        Assert.Equal(AccessRequestState.Pending, await StateAsync(request));
        Assert.Single(await world.AuditAsync(AuditAction.ServiceRemoved, service.Id));

        Assert.Null(await Removal.RemoveServiceAsync(world.Admin, service.Id, default));

        Assert.Equal(AccessRequestState.Denied, await StateAsync(request));
        Assert.Equal(SessionState.Ended, (await world.SessionAsync(session.Id)).State);
        Assert.Single(await world.AuditAsync(AuditAction.ServiceRemoved, service.Id));
        Assert.Equal("This service was removed before.", await Removal.RemoveServiceAsync(world.Admin, service.Id, default));

        static Task Fail(Guid grant, string reason, CancellationToken cancellationToken) => Task.FromException(new InvalidOperationException("Half-way."));
    }

    [Fact]
    public async Task What_a_portal_left_of_a_removal_when_it_ended_is_ended_by_the_next()
    {
        var (asset, service) = await world.NewAssetAsync();
        var (_, session) = await world.ActiveAsync(service);
        var request = await AskAsync(service);
        await using (var db = world.Get<PortalDbFactory>().ForSystem())
        {
            var before = world.Time.GetUtcNow() - TimeSpan.FromMinutes(1);
            await db.Services.Where(s => s.Id == service.Id).ExecuteUpdateAsync(s => s.SetProperty(x => x.ArchivedAt, before));
        }

        await world.Get<RemovalSweeper>().SweepAsync(default);

        Assert.Equal((SessionEndReason.Revoked, $"An admin removed Terminal, {asset.Name}."), ((await world.EndedAsync(session.Id)).EndReason, (await world.SessionAsync(session.Id)).EndMessage));
        await world.PathClosedAsync(session.Id);
        Assert.Equal(AccessRequestState.Denied, await StateAsync(request));
        Assert.Equal("portal", Assert.Single(await world.AuditAsync(AuditAction.GrantRevoked, session.GrantId)).Field("actorName"));
        Assert.Equal("portal", Assert.Single(await world.AuditAsync(AuditAction.RequestDenied, request)).Field("actorName"));
    }

    [Fact]
    public async Task What_is_added_while_its_asset_or_plant_is_removed_goes_with_it_or_is_refused()
    {
        for (var round = 0; round < 10; round++)
        {
            var plant = await world.NewPlantAsync(enrolled: false);
            var (asset, service) = await world.NewAssetAsync(plant);
            var spec = new ServiceSpec(ServiceKind.Ssh, "Late", 22, "root", "secret", false, 0);
            var address = world.FreeAddress();

            var (late, lateAsset) = (world.Get<ServiceChanges>().AddAsync(world.Admin, asset.Id, spec, default), world.Get<AssetChanges>().AddAsync(world.Admin, plant.Id, new AssetSpec("Late", address, "", null), default));
            await Task.WhenAll(late, lateAsset, round % 2 == 0 ? Removal.RemovePlantAsync(world.Admin, plant.Id, default) : Removal.RemoveAssetAsync(world.Admin, asset.Id, default));

            await using var db = world.Get<PortalDbFactory>().ForSystem();
            Assert.False(await db.Services.AnyAsync(s => s.AssetId == asset.Id && s.ArchivedAt == null), $"round {round}");
            Assert.False(round % 2 == 0 && await db.Assets.AnyAsync(a => a.PlantId == plant.Id && a.ArchivedAt == null), $"round {round}");
        }
    }

    [Fact]
    public async Task A_service_whose_asset_is_gone_lets_nobody_in()
    {
        var (asset, service) = await world.NewAssetAsync();
        var (technician, session) = await world.ReadyAsync(service);
        var ticket = PlantWorld.Value(await world.Broker.IssueTicketAsync(technician, session.Id, default));
        await using (var db = world.Get<PortalDbFactory>().ForSystem())
        {
            await db.Assets.Where(a => a.Id == asset.Id).ExecuteUpdateAsync(a => a.SetProperty(x => x.ArchivedAt, world.Time.GetUtcNow()));
        }

        Assert.Null((await world.Gateway.RedeemAsync(ticket.Ticket)).Order);
        Assert.NotNull((await world.Broker.ConnectAsync(technician, service.Id, default)).Error);
        Assert.NotNull((await world.Get<AccessRequests>().SubmitAsync(technician, service.Id, "Look at it again", null, world.Time.GetUtcNow(), TimeSpan.FromHours(1), default)).Error);
        Assert.Null(await world.Get<AssetRegistry>().FindAsync(world.Admin, service.Id, default));
    }

    [Fact]
    public async Task An_edge_that_enrolls_while_its_plant_is_removed_is_no_peer_in_the_end()
    {
        for (var round = 0; round < 5; round++)
        {
            var plant = await world.NewPlantAsync(enrolled: false);
            var code = (await world.Get<PlantRegistry>().NewCodeAsync(world.Admin, plant.Id, default)).Value!;
            world.Hub.Events.Clear();

            var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
            await Task.WhenAll(EnrollAsync(code, key), Removal.RemovePlantAsync(world.Admin, plant.Id, default));

            var orders = world.Hub.Events.Where(e => e.Name is HubEvent.SetPeer or HubEvent.RemovePeer && e.Data.Contains(System.Text.Json.JsonEncodedText.Encode(key).ToString(), StringComparison.Ordinal)).Select(e => e.Name).ToList();
            Assert.True(orders is [] or [.., HubEvent.RemovePeer], string.Join(", ", orders));
        }
    }

    private async Task<HttpStatusCode> EnrollAsync(string code, string? key = null)
    {
        using var browser = world.Portal.NewBrowser();
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["code"] = code, ["public_key"] = key ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)) });
        return (await browser.Http.PostAsync("/enroll/plant", form)).StatusCode;
    }

    private async Task<Guid> AskAsync(Service service)
    {
        var request = await world.Get<AccessRequests>().SubmitAsync(await world.PersonAsync(Role.Technician), service.Id, "Look at it too", null, world.Time.GetUtcNow(), TimeSpan.FromHours(1), default);
        return PlantWorld.Value(request).Id;
    }

    private async Task<AccessRequestState> StateAsync(Guid request)
    {
        await using var db = world.Get<PortalDbFactory>().ForSystem();
        return (await db.AccessRequests.SingleAsync(r => r.Id == request)).State;
    }
}
