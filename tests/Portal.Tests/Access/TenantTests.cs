using Sallyport.Portal.Access;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Recordings;
using Sallyport.Portal.Sessions;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Access;

/// <summary>A person of another tenant, with every role: nothing of this tenant is seen, and nothing in it can be done.</summary>
[Collection(PostgresCollection.Name)]
public sealed class TenantTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    [Fact]
    public async Task Sees_nothing_of_another_tenant()
    {
        var stranger = await StrangerAsync();
        var (_, session) = await world.ActiveAsync();

        Assert.Empty(await world.Get<PlantRegistry>().ListAsync(stranger, default));
        Assert.Null(await world.Get<PlantRegistry>().FindAsync(stranger, world.Plant.Id, default));
        Assert.Empty(await world.Get<AssetRegistry>().ListAsync(stranger, null, default));
        Assert.Null(await world.Get<AssetRegistry>().FindAsync(stranger, world.Terminal.Id, default));
        Assert.Empty(await world.Get<SessionQueries>().RunningAsync(stranger, own: false, default));
        Assert.Null(await world.Get<SessionQueries>().FindOwnAsync(stranger, session.Id, default));
        Assert.Empty(await world.Get<Grants>().InForceAsync(stranger, own: false, default));
        Assert.Empty(await world.Get<AccessRequests>().ListAsync(stranger, own: false, default));
        Assert.Empty(await world.Get<Grants>().LockoutsAsync(stranger, default));
        Assert.Empty(await world.Get<Releases>().ListAsync(stranger, default));
        Assert.Null(await world.Get<RecordingLibrary>().GetAsync(stranger, session.Id, default));
        Assert.DoesNotContain(world.Admin.UserId, (await world.Get<UserDirectory>().ListAsync(stranger, default)).Select(u => u.Id));
        Assert.Empty(await world.Get<AuditSearch>().FindAsync(stranger, new AuditQuery(session.Id.ToString(), null, null, null, null, null), default));
    }

    [Fact]
    public async Task Changes_nothing_of_another_tenant()
    {
        var stranger = await StrangerAsync();
        var technician = await world.PersonAsync(Role.Technician);
        var request = PlantWorld.Value(await world.Get<AccessRequests>().SubmitAsync(technician, world.Terminal.Id, "Look at the test panel", null, world.Time.GetUtcNow(), TimeSpan.FromHours(1), default));
        var (_, session) = await world.ActiveAsync();

        Assert.NotNull((await world.Get<AccessRequests>().SubmitAsync(stranger, world.Terminal.Id, "Reach across", null, world.Time.GetUtcNow(), TimeSpan.FromHours(1), default)).Error);
        Assert.NotNull((await world.Get<AccessRequests>().ApproveAsync(stranger, request.Id, "", null, default)).Error);
        Assert.NotNull(await world.Get<Grants>().RevokeAsync(stranger, session.GrantId, "No", default));
        Assert.NotNull(await world.Get<SessionQueries>().EndAsync(stranger, session.Id, "No", default));
        Assert.NotNull(await world.Get<Releases>().StopAsync(stranger, session.Id, "No", default));
        Assert.NotNull((await world.Broker.ConnectAsync(stranger, world.Terminal.Id, default)).Error);
        Assert.NotNull((await world.Get<AssetChanges>().AddAsync(stranger, world.Plant.Id, new AssetSpec("Mine", "192.168.10.99", "", null), default)).Error);
        var mine = new ServiceSpec(Sallyport.Contracts.ServiceKind.Ssh, "Mine", 22, "root", "x", false, 0);
        Assert.NotNull((await world.Get<ServiceChanges>().AddAsync(stranger, world.Panel.Id, mine, default)).Error);
        Assert.NotNull((await world.Get<ServiceChanges>().SaveAsync(stranger, world.Terminal.Id, mine, world.Terminal.Version, default)).Error);
        Assert.NotNull((await world.Get<AssetRegistry>().ScanHostKeyAsync(stranger, world.Terminal.Id, default)).Error);
        Assert.NotNull((await world.Get<PlantRegistry>().NewCodeAsync(stranger, world.Plant.Id, default)).Error);
        Assert.NotNull(await world.Get<PlantRegistry>().SetReleaseRequiredAsync(stranger, world.Plant.Id, true, default));
        Assert.NotNull((await world.Get<UserDirectory>().SetDisabledAsync(stranger, technician.UserId, true, "No", default)).Error);
        Assert.NotNull((await world.Get<UserDirectory>().SetRolesAsync(stranger, technician.UserId, [Role.Admin], default)).Error);
        Assert.Equal(SessionState.Active, (await world.SessionAsync(session.Id)).State);
    }

    private async Task<Actor> StrangerAsync()
    {
        var tenant = await world.Get<UserDirectory>().TenantAsync("Another company", default);
        var name = $"stranger-{Guid.NewGuid():N}";
        var user = (await world.Get<UserDirectory>().CreateAsync(tenant.Id, "Stranger", name, UserDirectory.NewPassword(), Enum.GetValues<Role>(), default)).User!;
        return new Actor(user.Id, user.Name, tenant.Id, user.Roles.ToHashSet(), null);
    }
}
