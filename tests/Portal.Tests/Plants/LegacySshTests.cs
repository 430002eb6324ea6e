using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Sessions;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Plants;

/// <summary>Old algorithms of SSH are allowed by an admin, for one service, with a reason and an end.</summary>
[Collection(PostgresCollection.Name)]
public sealed class LegacySshTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    private const string Reason = "The filler's controller has no newer firmware.";

    private static readonly string[] Old = ["diffie-hellman-group14-sha1", "aes128-cbc"];

    private ServiceChanges Services => world.Get<ServiceChanges>();

    public static TheoryData<string, string[], string, double, string> Faults => new()
    {
        { "nothing chosen", [], Reason, 30, "Choose" },
        { "no legacy algorithm", ["aes128-ctr"], Reason, 30, "Choose" },
        { "one that nobody speaks", ["ssh-dss"], Reason, 30, "Choose" },
        { "no reason", Old, "  ", 30, "Say why" },
        { "a long reason", Old, new string('x', 301), 30, "Say why" },
        { "over already", Old, Reason, 0, "a time to come" },
        { "for too long", Old, Reason, 367, "366 days" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task What_cannot_be_allowed_is_refused_in_a_sentence(string what, string[] algorithms, string reason, double days, string said)
    {
        var (_, service) = await world.NewAssetAsync();

        var outcome = await SaveAsync(service, new LegacySsh(algorithms, reason, world.Time.GetUtcNow().AddDays(days)));

        Assert.True(outcome.Error?.Contains(said, StringComparison.Ordinal), $"{what}: {outcome.Error}");
        Assert.Null((await world.StoredAsync(service)).LegacySsh);
    }

    [Fact]
    public async Task Only_a_terminal_can_be_allowed_them()
    {
        var (asset, _) = await world.NewAssetAsync();
        var legacy = new LegacySsh(Old, Reason, world.Time.GetUtcNow().AddDays(30));

        foreach (var kind in new[] { ServiceKind.Vnc, ServiceKind.Web })
        {
            Assert.Equal("Only a terminal speaks SSH.", (await Services.AddAsync(world.Admin, asset.Id, new ServiceSpec(kind, "Other", 5900, "operator", "secret", false, 30, LegacySsh: legacy), default)).Error);
        }
    }

    [Fact]
    public async Task Allowing_and_withdrawing_are_audited_with_the_reason_and_the_end()
    {
        var (_, service) = await world.NewAssetAsync();
        service = PlantWorld.Value(await SaveAsync(service, Allowed(days: 30)));
        service = PlantWorld.Value(await SaveAsync(service, service.LegacySsh));
        PlantWorld.Value(await SaveAsync(service, null));

        var entries = await world.AuditAsync(AuditAction.LegacySshChanged, service.Id);

        Assert.Equal([Reason, "Withdrawn."], entries.Select(entry => entry.Field("reason")).Order());
        Assert.All(Old, name => Assert.Contains(name, entries[0].Body.GetRawText(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_gateway_is_told_of_them_until_they_end_and_of_none_otherwise()
    {
        var (_, service) = await world.NewAssetAsync();
        Assert.Null((await OrderAsync(service)).LegacySsh);

        PlantWorld.Value(await SaveAsync(service, Allowed(days: 1)));
        Assert.Equal(Old, (await OrderAsync(service)).LegacySsh);

        Assert.Null((await world.StoredAsync(service)).LegacyInForce(world.Time.GetUtcNow().AddDays(2)));
    }

    [Fact]
    public async Task A_session_ends_with_them_even_if_its_grant_goes_on()
    {
        var (_, service) = await world.NewAssetAsync();
        var stored = PlantWorld.Value(await SaveAsync(service, new LegacySsh(Old, Reason, world.Time.GetUtcNow().AddMinutes(10))));

        var (_, session) = await world.ReadyAsync(service);

        Assert.Equal(stored.LegacySsh!.EndsAt, session.EndsAt);
    }

    [Fact]
    public async Task What_was_agreed_on_stands_with_the_session_once_and_what_is_weak_is_audited()
    {
        var (_, session) = await world.ActiveAsync(await AllowedServiceAsync());
        await world.Gateway.ReportAsync(GatewayRoutes.Connected, session.Id, new SessionConnected(["curve25519-sha256", "ssh-ed25519", "aes128-cbc"]));
        await world.Gateway.ReportAsync(GatewayRoutes.Connected, session.Id, new SessionConnected(["another"]));

        session = await world.SessionAsync(session.Id);

        Assert.Equal(["curve25519-sha256", "ssh-ed25519", "aes128-cbc"], session.Algorithms!);
        Assert.Equal(["aes128-cbc"], session.WeakAlgorithms);
        Assert.Equal("aes128-cbc", Assert.Single(await world.AuditAsync(AuditAction.WeakEncryption, session.Id)).Field("reason"));
    }

    [Theory]
    [InlineData()]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("\u202e")]
    [InlineData("a", "b", "c", "d", "e", "f", "g", "h", "i")]
    public async Task Names_that_are_none_are_not_kept(params string[] names)
    {
        var (_, session) = await world.ActiveAsync(await AllowedServiceAsync());

        await world.Gateway.ReportAsync(GatewayRoutes.Connected, session.Id, new SessionConnected(names));

        Assert.Null((await world.SessionAsync(session.Id)).Algorithms);
    }

    [Theory]
    [InlineData("aes128-cbc", true)]
    [InlineData("aes128-ctr", false)]
    public async Task Withdrawing_ends_the_sessions_that_use_them_and_no_others(string cipher, bool ends)
    {
        var service = await AllowedServiceAsync();
        var (_, session) = await world.ActiveAsync(service);
        await world.Gateway.ReportAsync(GatewayRoutes.Connected, session.Id, new SessionConnected(["curve25519-sha256", cipher]));

        PlantWorld.Value(await SaveAsync(service, null));

        session = await world.SessionAsync(session.Id);
        Assert.Equal(ends ? SessionEndReason.Revoked : null, session.EndReason);
    }

    [Fact]
    public async Task An_earlier_end_ends_the_sessions_that_would_outlast_it()
    {
        var service = await AllowedServiceAsync();
        var (_, session) = await world.ActiveAsync(service);
        await world.Gateway.ReportAsync(GatewayRoutes.Connected, session.Id, new SessionConnected(Old));

        PlantWorld.Value(await SaveAsync(service, service.LegacySsh! with { EndsAt = world.Time.GetUtcNow().AddMinutes(5) }));

        Assert.Equal(SessionEndReason.Revoked, (await world.SessionAsync(session.Id)).EndReason);
    }

    [Fact]
    public async Task Another_address_of_the_asset_withdraws_them()
    {
        var (asset, service) = await world.NewAssetAsync();
        PlantWorld.Value(await SaveAsync(service, Allowed(days: 30)));

        PlantWorld.Value(await world.Get<AssetChanges>().SaveAsync(world.Admin, asset.Id, new AssetSpec(asset.Name, world.FreeAddress(), "", null), asset.Version, default));

        Assert.Null((await world.StoredAsync(service)).LegacySsh);
        Assert.Contains(await world.AuditAsync(AuditAction.LegacySshChanged, service.Id), entry => entry.Field("reason").Contains("former address", StringComparison.Ordinal));
    }

    private LegacySsh Allowed(double days) => new(Old, Reason, world.Time.GetUtcNow().AddDays(days));

    private async Task<Service> AllowedServiceAsync()
    {
        var (_, service) = await world.NewAssetAsync();
        return PlantWorld.Value(await SaveAsync(service, Allowed(days: 30)));
    }

    private async Task<Outcome<Service>> SaveAsync(Service service, LegacySsh? legacy) =>
        await Services.SaveAsync(world.Admin, service.Id, new ServiceSpec(ServiceKind.Ssh, service.Name, service.Port, service.UserName, null, false, service.IdleMinutes, LegacySsh: legacy), (await world.StoredAsync(service)).Version, default);

    private async Task<SessionSpec> OrderAsync(Service service)
    {
        var (technician, session) = await world.ReadyAsync(service);
        var ticket = PlantWorld.Value(await world.Broker.IssueTicketAsync(technician, session.Id, default));
        return (await world.Gateway.RedeemAsync(ticket.Ticket)).Order!;
    }
}
