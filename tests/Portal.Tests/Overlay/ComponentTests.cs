using System.Net;
using System.Security.Cryptography;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Contracts.Signing;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Overlay;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Overlay;

/// <summary>Gateways and hubs that are not trusted any more: on the command line, beside a portal that runs.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ComponentTests(PostgresCluster cluster) : IAsyncLifetime
{
    private static readonly GatewayInfo Facts = new("http://gateway.test", "10.0.0.2");

    private readonly PlantWorld _world = new(cluster);

    public Task InitializeAsync() => _world.InitializeAsync();

    public Task DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_gateway_that_is_removed_loses_key_link_sessions_and_paths_at_once()
    {
        var ((_, session), gateway) = (await _world.ActiveAsync(), _world.Gateway);
        Assert.Contains(gateway.Id.ToString(), (await _world.Portal.RunAsync("component", "list")).Output, StringComparison.Ordinal);

        var (exit, output, error) = await _world.Portal.RunAsync("component", "remove", gateway.Id.ToString());

        Assert.Equal((0, ""), (exit, error));
        Assert.Contains("Sessions that end: 1.", output, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, await RefusalAsync(() => gateway.SyncAsync()));
        var ended = await _world.EndedAsync(session.Id);
        Assert.Equal((SessionEndReason.GatewayLost, "The gateway test Gateway was removed. Connect again."), (ended.EndReason, ended.EndMessage));
        Assert.Equal(session.Id, (await gateway.EventAsync<EndSession>(GatewayEvent.EndSession)).SessionId);
        await _world.PathClosedAsync(session.Id);
        Assert.Empty((await _world.Hub.EventAsync<GatewayList>(HubEvent.SetGateways, list => list.Gateways.Count == 0)).Gateways);
        await Eventually.HoldsAsync("the gateway's link is down", () => !_world.Get<GatewayLink>().IsConnected(gateway.Id));
        Assert.Equal(("command line", "success"), Last(await InstallationAsync(AuditAction.ComponentRemoved)));
        Assert.NotEqual(0, (await _world.Portal.RunAsync("component", "remove", gateway.Id.ToString())).Exit);
        Assert.NotNull((await EnrollAsync(gateway.Client.PublicKey)).Error);
    }

    [Fact]
    public async Task A_hub_that_is_removed_closes_everything_and_its_plants_sessions_end()
    {
        var ((_, session), hub) = (await _world.ActiveAsync(), _world.Hub);

        Assert.Equal(0, (await _world.Portal.RunAsync("component", "remove", "test Hub")).Exit);

        Assert.Equal(HttpStatusCode.Unauthorized, await RefusalAsync(() => hub.Client.PostAsync(HubRoutes.Health, new HubHealth([], []), default)));
        Assert.Contains("was removed", (await _world.EndedAsync(session.Id)).EndMessage, StringComparison.Ordinal);
        var last = await hub.EventAsync<HubState>(HubEvent.State, state => state.Peers.Count == 0);
        Assert.Empty(last.Paths);
        await Eventually.HoldsAsync("the hub's link is down", () => !_world.Get<HubLink>().IsConnected(hub.Id));
    }

    [Fact]
    public async Task A_key_that_was_withdrawn_is_refused_from_then_on_and_another_takes_its_place()
    {
        var gateway = _world.Gateway;
        var (id, old) = (gateway.Id, gateway.Client.PublicKey);

        var (exit, output, error) = await _world.Portal.RunAsync("component", "rekey", "test Gateway");
        Assert.Equal(0, exit);
        Assert.Contains("enrollment-code", error, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, await RefusalAsync(() => gateway.SyncAsync()));
        await Eventually.HoldsAsync("the gateway's link is down", () => !_world.Get<GatewayLink>().IsConnected(id));

        var code = output.Trim();
        Assert.Contains("withdrawn", (await EnrollAsync(old, code)).Error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(gateway.Folder, "enrollment-code"), code + "\n");
        Assert.True(gateway.Client.IsToEnrollAgain);
        await gateway.Client.EnrollAsync(null, Facts, null, default);

        Assert.Equal((id, false), (gateway.Id, gateway.Client.IsToEnrollAgain));
        Assert.NotEqual(old.KeyId, gateway.Client.PublicKey.KeyId);
        await gateway.ReconnectAsync();
        Assert.True(_world.Get<GatewayLink>().IsConnected(id));
        using var again = new LinkClient(_world.Portal.Url, null, gateway.Folder, TimeProvider.System);
        Assert.Equal(gateway.Client.PublicKey, again.PublicKey);
        using var thief = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.NotNull((await EnrollAsync(PublicKey.Of(thief), code)).Error);
        Assert.Equal(("command line", "success"), Last(await InstallationAsync(AuditAction.ComponentRekeyed)));
    }

    [Fact]
    public async Task A_recording_stays_its_gateways_when_that_has_another_key_or_is_gone()
    {
        var recorded = await RecordedSession.MakeAsync(_world);
        Assert.Equal(0, (await _world.Portal.RunAsync("component", "rekey", "test Gateway")).Exit);
        Assert.Equal(0, (await _world.Portal.RunAsync("recording", "verify", recorded.Session.Id.ToString())).Exit);
        Assert.Equal(0, (await _world.Portal.RunAsync("component", "remove", "test Gateway")).Exit);

        var (exit, output, _) = await _world.Portal.RunAsync("recording", "verify", recorded.Session.Id.ToString());
        Assert.Equal(0, exit);
        Assert.Contains("signed by its gateway", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_admins_of_the_company_that_runs_the_installation_remove_and_rekey_and_who_may_not_is_in_the_audit_log()
    {
        var company = await _world.Get<UserDirectory>().TenantAsync("Another company", default);
        var stranger = _world.Admin with { TenantId = company.Id };
        var technician = await _world.PersonAsync(Role.Technician);
        var components = _world.Get<Components>();

        foreach (var actor in new[] { stranger, technician })
        {
            Assert.Contains("Only an admin of the company", await components.RemoveAsync(actor, _world.Gateway.Id, default), StringComparison.Ordinal);
            Assert.Contains("Only an admin of the company", (await components.RekeyAsync(actor, _world.Gateway.Id, default)).Error, StringComparison.Ordinal);
        }

        // The stranger's stands in their own company's log.
        Assert.Equal("refused", Assert.Single(await _world.Get<AuditSearch>().FindAsync(_world.Admin, new AuditQuery(null, AuditAction.ComponentRemoved.Name, null, null, null, null), default)).Field("result"));
        Assert.NotNull((await components.RekeyAsync(_world.Admin, _world.Gateway.Id, default)).Value);
        Assert.Null(await components.RemoveAsync(_world.Admin, _world.Gateway.Id, default));
        Assert.Equal((_world.Admin.Name, "success"), Last(await InstallationAsync(AuditAction.ComponentRemoved)));
    }

    [Fact]
    public async Task Links_that_come_and_go_are_written()
    {
        Assert.Equal(2, (await InstallationAsync(AuditAction.ComponentConnected)).Count);
        await _world.Gateway.DisconnectAsync();
        await Eventually.HoldsAsync("the loss is in the audit log", async () => (await InstallationAsync(AuditAction.ComponentLost)).Count > 0);

        Assert.Equal(("test Gateway", "failed"), Last(await InstallationAsync(AuditAction.ComponentLost)));
    }

    [Fact]
    public async Task Drift_stays_in_its_history_when_it_has_healed()
    {
        var view = _world.Get<OverlayView>();
        await ReportAsync("The peer X was missing.");
        Assert.Null(Assert.Single(await view.DriftAsync(default)).Drift.HealedAt);
        await ReportAsync();
        await ReportAsync("The peer X was missing.", "A path nobody ordered.");
        await ReportAsync();

        var history = await view.DriftAsync(default);
        Assert.Equal([1, 2], history.Select(d => d.Drift.Times).Order());
        Assert.All(history, d => Assert.NotNull(d.Drift.HealedAt));
        Assert.Equal(2, (await InstallationAsync(AuditAction.Drift)).Count);

        Task ReportAsync(params string[] drift) => _world.Hub.Client.PostAsync(HubRoutes.Health, new HubHealth([], drift), default);
    }

    private static (string, string) Last(IReadOnlyList<AuditEntry> entries) => (entries[0].Field("actorName"), entries[0].Field("result"));

    private Task<(ComponentEnrolled? Enrolled, string? Error)> EnrollAsync(PublicKey key, string code = "any") =>
        _world.Get<Enrollment>().EnrollComponentAsync(new ComponentEnrollment(code, key, Facts, null), null, default);

    private async Task<IReadOnlyList<AuditEntry>> InstallationAsync(AuditAction action) =>
        await _world.Get<AuditSearch>().FindAsync(_world.Admin, new AuditQuery(null, action.Name, null, null, null, null, AuditScope.Installation), default);

    private static async Task<HttpStatusCode?> RefusalAsync(Func<Task> call) => (await Assert.ThrowsAsync<HttpRequestException>(call)).StatusCode;
}
