using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Sessions;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Plants;

[Collection(PostgresCollection.Name)]
public sealed class ChangeTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    private ServiceChanges Services => world.Get<ServiceChanges>();

    [Fact]
    public async Task Another_address_drops_what_was_pinned_and_stored_and_ends_what_runs_on_the_asset()
    {
        var (asset, service) = await world.NewAssetAsync();
        var (_, session) = await world.ActiveAsync(service);
        var free = world.FreeAddress();

        var saved = PlantWorld.Value(await world.Get<AssetChanges>().SaveAsync(world.Admin, asset.Id, new AssetSpec("Moved panel", free, "moved", true), asset.Version, default));

        Assert.Equal(("Moved panel", free, true), (saved.Name, saved.Address.ToString(), saved.ReleaseRequired));
        Assert.Null((await world.StoredAsync(service)).HostKeyFingerprint);
        Assert.Empty((await world.StoredAsync(service)).SealedCredential);
        var ended = await world.EndedAsync(session.Id);
        Assert.Equal((SessionEndReason.Revoked, "An admin gave Moved panel another address."), (ended.EndReason, ended.EndMessage));
        await world.PathClosedAsync(session.Id);
        var entry = Assert.Single(await world.AuditAsync(AuditAction.AssetChanged, asset.Id));
        Assert.Contains($"{asset.Address} → {free}", entry.Field("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_name_leaves_sessions_and_pins_alone()
    {
        var (asset, service) = await world.NewAssetAsync();
        var (_, session) = await world.ActiveAsync(service);

        PlantWorld.Value(await world.Get<AssetChanges>().SaveAsync(world.Admin, asset.Id, new AssetSpec("Better name", asset.Address.ToString(), "", null), asset.Version, default));
        PlantWorld.Value(await Services.SaveAsync(world.Admin, service.Id, Spec(service) with { Name = "Better" }, service.Version, default));

        Assert.NotNull((await world.StoredAsync(service)).HostKeyFingerprint);
        Assert.Equal(SessionState.Active, (await world.SessionAsync(session.Id)).State);
    }

    [Fact]
    public async Task Another_port_drops_what_was_pinned_and_ends_what_runs_on_the_service_alone()
    {
        var (asset, service) = await world.NewAssetAsync();
        var other = await world.ServiceAsync(asset, "Other", 2222);
        var ((_, session), (_, untouched)) = (await world.ActiveAsync(service), await world.ActiveAsync(other));

        PlantWorld.Value(await Services.SaveAsync(world.Admin, service.Id, Spec(service) with { Port = 2022, Secret = "given again" }, service.Version, default));

        Assert.Null((await world.StoredAsync(service)).HostKey);
        Assert.Equal(SessionEndReason.Revoked, (await world.EndedAsync(session.Id)).EndReason);
        Assert.Equal(SessionState.Active, (await world.SessionAsync(untouched.Id)).State);
    }

    [Fact]
    public async Task A_key_that_was_read_before_the_change_cannot_be_pinned_after_it()
    {
        var (asset, service) = await world.NewAssetAsync();
        PlantWorld.Value(await Services.SaveAsync(world.Admin, service.Id, Spec(service) with { Port = 2022, Secret = "given again" }, service.Version, default));

        var error = await world.Get<AssetRegistry>().PinHostKeyAsync(world.Admin, service.Id, new HostKeyScanResult("AAAA", "ssh-ed25519", "SHA256:old", null), service.Version, default);

        Assert.Contains("Read it again", error, StringComparison.Ordinal);
        Assert.Null((await world.StoredAsync(service)).HostKey);
    }

    [Fact]
    public async Task Of_two_admins_who_change_the_same_thing_the_later_is_told_and_loses_nothing_unseen()
    {
        var (asset, service) = await world.NewAssetAsync();
        var plant = (await world.Get<PlantRegistry>().FindAsync(world.Admin, world.Plant.Id, default))!;

        PlantWorld.Value(await Services.SaveAsync(world.Admin, service.Id, Spec(service) with { UserName = "first" }, service.Version, default));
        Assert.Contains("Somebody else changed", (await Services.SaveAsync(world.Admin, service.Id, Spec(service) with { UserName = "second" }, service.Version, default)).Error, StringComparison.Ordinal);
        Assert.Equal("first", (await world.StoredAsync(service)).UserName);

        var results = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => world.Get<AssetChanges>().SaveAsync(world.Admin, asset.Id, new AssetSpec($"Panel by {i}", asset.Address.ToString(), "", null), asset.Version, default)));
        Assert.Single(results, r => r.Error is null);
        Assert.All(results.Where(r => r.Error is not null), r => Assert.Contains("Somebody else changed", r.Error, StringComparison.Ordinal));

        PlantWorld.Value(await world.Get<PlantChanges>().SaveAsync(world.Admin, plant.Id, new PlantSpec(plant.Name, 4, 7), plant.Version, default));
        Assert.Contains("Somebody else changed", (await world.Get<PlantChanges>().SaveAsync(world.Admin, plant.Id, new PlantSpec(plant.Name, 2, 7), plant.Version, default)).Error, StringComparison.Ordinal);
        Assert.Equal(4, (await world.Get<PlantChanges>().ReadAsync(world.Admin, plant.Id, default))!.LongestHours);
    }

    [Fact]
    public async Task A_handshake_that_comes_while_an_admin_types_is_no_change()
    {
        var plant = (await world.Get<PlantRegistry>().FindAsync(world.Admin, world.Plant.Id, default))!;
        await world.Hub.Client.PostAsync(HubRoutes.Health, new HubHealth([new PeerHealth(plant.PublicKey!, null, 1, 0, 0)], []), default);

        PlantWorld.Value(await world.Get<PlantChanges>().SaveAsync(world.Admin, plant.Id, new PlantSpec(plant.Name, 8, 14), plant.Version, default));
    }

    [Fact]
    public async Task At_the_same_destination_an_empty_password_keeps_the_stored_one_and_another_kind_of_secret_needs_the_secret()
    {
        var (_, service) = await world.NewAssetAsync();

        var saved = PlantWorld.Value(await Services.SaveAsync(world.Admin, service.Id, Spec(service) with { UserName = "operator" }, service.Version, default));
        Assert.Equal("not a real secret", await world.SecretAsync(service));
        Assert.Empty(await world.AuditAsync(AuditAction.CredentialChanged, service.Id));

        Assert.Contains("What is stored is a password", (await Services.SaveAsync(world.Admin, service.Id, Spec(saved) with { SecretIsKey = true }, saved.Version, default)).Error, StringComparison.Ordinal);
        PlantWorld.Value(await Services.SaveAsync(world.Admin, service.Id, Spec(saved) with { Secret = "another" }, saved.Version, default));
        Assert.Equal("another", await world.SecretAsync(service));
        var entry = Assert.Single(await world.AuditAsync(AuditAction.CredentialChanged, service.Id));
        Assert.DoesNotContain("another", entry.Body.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_written_of_what_did_not_change_and_a_policy_is_no_plant()
    {
        var plant = await world.NewPlantAsync();

        var saved = PlantWorld.Value(await world.Get<PlantChanges>().SaveAsync(world.Admin, plant.Id, new PlantSpec(plant.Name, 8, 14), plant.Version, default));
        saved = PlantWorld.Value(await world.Get<PlantChanges>().SaveAsync(world.Admin, plant.Id, new PlantSpec(plant.Name, 6, 14), saved.Version, default));

        Assert.Empty(await world.AuditAsync(AuditAction.PlantChanged, plant.Id));
        Assert.Contains("08:00:00 → 06:00:00", Assert.Single(await world.AuditAsync(AuditAction.PolicyChanged, plant.Id)).Field("detail"), StringComparison.Ordinal);
        PlantWorld.Value(await world.Get<PlantChanges>().SaveAsync(world.Admin, plant.Id, new PlantSpec($"{plant.Name} north", 6, 14), saved.Version, default));
        Assert.Single(await world.AuditAsync(AuditAction.PlantChanged, plant.Id));
        Assert.Single(await world.AuditAsync(AuditAction.PolicyChanged, plant.Id));
    }

    [Fact]
    public async Task Another_tenants_admin_changes_nothing()
    {
        var (asset, service) = await world.NewAssetAsync();
        var plant = (await world.Get<PlantRegistry>().FindAsync(world.Admin, world.Plant.Id, default))!;
        var policy = await world.Get<PlantChanges>().ReadAsync(world.Admin, plant.Id, default);
        var stranger = (await world.Portal.AddStrangerAsync(Role.Admin)).Actor;

        Assert.Equal("This asset was removed.", (await world.Get<AssetChanges>().SaveAsync(stranger, asset.Id, new AssetSpec("Mine", asset.Address.ToString(), "", null), asset.Version, default)).Error);
        Assert.Equal("This plant was removed.", (await world.Get<PlantChanges>().SaveAsync(stranger, plant.Id, new PlantSpec("Mine", 1, 1), plant.Version, default)).Error);
        Assert.Equal("This service was removed.", (await Services.SaveAsync(stranger, service.Id, Spec(service) with { Name = "Mine" }, service.Version, default)).Error);
        Assert.NotNull((await Services.AddAsync(stranger, asset.Id, Spec(service) with { Name = "Mine", Secret = "mine" }, default)).Error);
        Assert.NotNull(await world.Get<PlantRemoval>().RemoveServiceAsync(stranger, service.Id, default));
        Assert.NotNull(await world.Get<PlantRemoval>().RemoveAssetAsync(stranger, asset.Id, default));
        Assert.NotNull((await world.Get<PlantRemoval>().RemovePlantAsync(stranger, plant.Id, default)).Error);

        var same = (await world.Get<AssetRegistry>().ListAsync(world.Admin, plant.Id, default)).Single(a => a.Asset.Id == asset.Id);
        Assert.Equal((plant.Name, plant.Version, asset.Name, asset.Version, null), (same.Plant.Name, same.Plant.Version, same.Asset.Name, same.Asset.Version, same.Asset.ArchivedAt));
        Assert.Equal((service.Name, service.Version, null), (Assert.Single(same.Services).Name, same.Services[0].Version, same.Services[0].ArchivedAt));
        Assert.Equal(policy, await world.Get<PlantChanges>().ReadAsync(world.Admin, plant.Id, default));
    }

    private static ServiceSpec Spec(Service service) => new(service.Kind, service.Name, service.Port, service.UserName, null, service.CredentialIsKey, service.IdleMinutes);
}
