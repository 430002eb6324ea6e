using Sallyport.Contracts;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Plants;

/// <summary>A service's form while somebody types, as its page reads the database again.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ServiceDraftTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    private ServiceChanges Services => world.Get<ServiceChanges>();

    [Fact]
    public async Task After_another_address_of_the_asset_every_form_of_its_services_can_still_be_saved()
    {
        var (asset, service) = await world.NewAssetAsync();
        var (untouched, typed) = (new ServiceDraft(service), new ServiceDraft(service) { Name = "Typed" });
        PlantWorld.Value(await world.Get<AssetChanges>().SaveAsync(world.Admin, asset.Id, new AssetSpec(asset.Name, world.FreeAddress(), "", null), asset.Version, default));
        var stored = await world.StoredAsync(service);
        Assert.True(stored.Version > service.Version);

        Assert.Equal((stored.Version, "Terminal"), (untouched.Meet(stored).Version, untouched.Meet(stored).Name));
        typed = typed.Meet(stored);

        Assert.Contains("Give the password again", (await Services.SaveAsync(world.Admin, service.Id, typed.Spec, typed.Version, default)).Error, StringComparison.Ordinal);
        typed.Secret = "given again";
        Assert.Equal("Typed", PlantWorld.Value(await Services.SaveAsync(world.Admin, service.Id, typed.Spec, typed.Version, default)).Name);
    }

    [Fact]
    public async Task What_another_admin_saved_is_taken_where_nothing_was_typed_and_told_where_something_was()
    {
        var (_, service) = await world.NewAssetAsync();
        var (untouched, typed, secret) = (new ServiceDraft(service), new ServiceDraft(service) { User = "operator" }, new ServiceDraft(service) { Secret = "mine" });
        PlantWorld.Value(await Services.SaveAsync(world.Admin, service.Id, new ServiceDraft(service) { Secret = "theirs" }.Spec, service.Version, default));
        var stored = await world.StoredAsync(service);

        Assert.Equal(stored.Version, untouched.Meet(stored).Version);
        foreach (var draft in new[] { typed.Meet(stored), secret.Meet(stored) })
        {
            Assert.Equal(service.Version, draft.Version);
            Assert.Contains("Somebody else changed", (await Services.SaveAsync(world.Admin, service.Id, draft.Spec, draft.Version, default)).Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Passwords_that_were_typed_stay_until_they_are_stored()
    {
        var (asset, service) = await world.NewAssetAsync();
        await world.ServiceAsync(asset, "Taken", 2222);
        var draft = new ServiceDraft(service) { Name = "Taken", Secret = "new" };

        Assert.NotNull((await Services.SaveAsync(world.Admin, service.Id, draft.Spec, draft.Version, default)).Error);
        Assert.Equal("new", draft.Spec.Secret);
        draft.Name = "Free";
        draft.Saved(PlantWorld.Value(await Services.SaveAsync(world.Admin, service.Id, draft.Spec, draft.Version, default)));

        Assert.Null(draft.Spec.Secret);
        Assert.Equal("new", await world.SecretAsync(service));
        Assert.Same(draft, draft.Meet(await world.StoredAsync(service)));
    }

    [Fact]
    public void The_usual_port_follows_and_one_that_was_chosen_stays()
    {
        var draft = new ServiceDraft();
        draft.Choose(ServiceKind.Web);
        Assert.Equal(443, draft.Port);
        draft.Take(draft.Web with { Tls = false });
        Assert.Equal(80, draft.Port);
        draft.Port = 8080;
        draft.Take(draft.Web with { Tls = true });
        Assert.Equal(8080, draft.Port);
    }
}
