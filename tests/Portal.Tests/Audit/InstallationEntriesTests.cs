using Sallyport.Portal.Audit;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Audit;

/// <summary>What belongs to no company is for those who run the installation, and for nobody else.</summary>
[Collection(PostgresCollection.Name)]
public sealed class InstallationEntriesTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    [Fact]
    public async Task Another_company_finds_none_of_them()
    {
        await WriteAsync("drift of the installation");
        var actor = (await world.Portal.AddStrangerAsync(Role.Admin)).Actor;
        foreach (var scope in Enum.GetValues<AuditScope>())
        {
            Assert.All(await world.Get<AuditSearch>().FindAsync(actor, Query(scope), default), entry => Assert.Equal(actor.TenantId.ToString(), entry.Field("tenantId")));
        }
    }

    [Fact]
    public async Task The_filter_takes_either_or_both()
    {
        await WriteAsync("one of none");
        var search = world.Get<AuditSearch>();

        Assert.All(await search.FindAsync(world.Admin, Query(AuditScope.Company), default), entry => Assert.NotEqual("", entry.Field("tenantId")));
        Assert.All(await search.FindAsync(world.Admin, Query(AuditScope.Installation), default), entry => Assert.Equal("", entry.Field("tenantId")));
        Assert.Equal(2, (await search.FindAsync(world.Admin, Query(AuditScope.Both), default)).Select(entry => entry.Field("tenantId")).Distinct().Count());
    }

    private static AuditQuery Query(AuditScope scope) => new(null, null, null, null, null, null, scope);

    private Task WriteAsync(string reason) => world.Get<AuditLog>().AppendAsync(AuditEvent.BySystem("hub", null, AuditAction.Drift, "hub", "", "hub", AuditResult.Failed, reason), default);
}
