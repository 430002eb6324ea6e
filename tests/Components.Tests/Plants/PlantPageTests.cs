using Sallyport.Components.Tests.Support;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Plants;

namespace Sallyport.Components.Tests.Plants;

public sealed class PlantPageTests(SharedPlant shared) : PageTest(shared)
{
    [Fact]
    public void List_says_that_it_is_loading_while_nothing_is_known()
    {
        KeepWaiting();

        Assert.True(Render<PlantsPage>().Says("Loading…"));
    }

    [Fact]
    public async Task Company_without_plants_reads_how_to_add_one()
    {
        await SignInStrangerAsync(Role.Admin);

        var page = Render<PlantsPage>();

        page.Until("Add one, and paste three commands on a Linux box in it.");
        Assert.All(page.Links("Add a plant"), link => Assert.Equal("/plants/add", link.GetAttribute("href")));
    }

    [Fact]
    public async Task Plant_is_listed_with_its_state_network_and_number_of_assets()
    {
        var plant = await World.NewPlantAsync();
        await World.NewAssetAsync(plant);
        await SignInAsync(Role.Admin);

        var page = Render<PlantsPage>();

        page.Until(plant.Name);
        Assert.Equal($"{plant.Name} online 192.168.10.0/24 1 not needed", page.FindAll("tbody tr").Single(row => row.QuerySelector("a")!.Text() == plant.Name).Text());
    }

    [Fact]
    public async Task Search_finds_a_plant_whatever_the_case()
    {
        await SignInAsync(Role.Admin);
        var page = Render<PlantsPage>();
        page.Until("Test plant");

        await page.TypeAsync("Find a plant", "TEST PLANT");

        Assert.Equal(["Test plant"], page.FindAll("tbody td a").Select(link => link.Text()));
    }

    [Fact]
    public async Task New_plant_is_added_and_its_page_opened()
    {
        await SignInAsync(Role.Admin);
        var page = Render<AddPlantPage>();
        Assert.True(page.Field("Name").HasAttribute("autofocus"));

        await page.EnterAsync("Name", $"Plant {Guid.NewGuid():N}");
        await page.EnterAsync("Network in the plant", "192.168.20.0/24");
        await page.SubmitAsync();

        Assert.StartsWith("/plants/", WentTo, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Plant of a test", "8.8.8.0/24", "Give the plant's network as a private IPv4 prefix")]
    [InlineData("Plant of a test", "not a network", "Give the plant's network as a private IPv4 prefix")]
    [InlineData("", "192.168.20.0/24", "Give the plant a name of at most 100 characters.")]
    [InlineData("Test plant", "192.168.20.0/24", "There is already a plant called Test plant.")]
    public async Task Plant_that_cannot_be_says_why_and_keeps_what_was_entered(string name, string network, string sentence)
    {
        await SignInAsync(Role.Admin);
        var page = Render<AddPlantPage>();

        await page.EnterAsync("Name", name);
        await page.EnterAsync("Network in the plant", network);
        await page.SubmitAsync();

        Assert.StartsWith(sentence, page.Alert(), StringComparison.Ordinal);
        Assert.Equal(network, page.Field("Network in the plant").GetAttribute("value"));
        Assert.Null(WentTo);
    }

    [Fact]
    public async Task Person_without_the_role_adds_nothing()
    {
        await SignInAsync(Role.Technician);
        var page = Render<AddPlantPage>();
        var name = $"Plant {Guid.NewGuid():N}";

        await page.EnterAsync("Name", name);
        await page.EnterAsync("Network in the plant", "192.168.20.0/24");
        await page.SubmitAsync();

        Assert.Equal("/access-denied", WentTo);
        Assert.DoesNotContain(await World.Get<PlantRegistry>().ListAsync(World.Admin, default), listed => listed.Plant.Name == name);
    }

    [Fact]
    public async Task Another_companys_plant_does_not_exist()
    {
        await SignInStrangerAsync(Role.Admin);

        var page = Show(World.Plant);

        page.Until("This plant does not exist");
        Assert.False(page.Says("Test plant"));
    }

    [Fact]
    public async Task Plant_that_never_enrolled_offers_a_code_and_says_what_it_is_for()
    {
        var plant = await World.NewPlantAsync(enrolled: false);
        await SignInAsync(Role.Admin);
        var page = Show(plant);
        page.Until("Not enrolled yet.");
        Assert.True(page.Says("Last handshake never"));

        await page.PressAsync("Make an enrollment code");

        Assert.Equal(3, page.FindAll("pre.copy").Count);
        Assert.Matches("^echo [A-Za-z0-9-]+ \\| sh enroll http", page.Find("#command-2").Text());
        Assert.Equal(["#command-0", "#command-1", "#command-2"], page.FindAll("[data-copy]").Select(button => button.GetAttribute("data-copy")));
        Assert.Empty(page.Buttons("Make an enrollment code"));
    }

    [Fact]
    public async Task Edge_that_is_connected_is_replaced_only_after_it_was_said_what_that_does()
    {
        var plant = await World.NewPlantAsync();
        await SignInAsync(Role.Admin);
        var page = Show(plant);
        page.Until("Replace the edge");
        Assert.Empty(page.Buttons("Make an enrollment code"));

        await page.PressAsync("Replace the edge");

        Assert.Contains("keeps working until the new one has enrolled", page.Dialog().Text(), StringComparison.Ordinal);
        Assert.Empty(page.FindAll("pre.copy"));
        await page.PressAsync("Make a new code");
        Assert.Equal(3, page.FindAll("pre.copy").Count);
    }

    [Fact]
    public async Task Release_and_operators_are_set_at_once()
    {
        var plant = await World.NewPlantAsync();
        await SignInAsync(Role.Admin);
        var page = Show(plant);
        page.Until("An operator releases each session");

        await page.EnterAsync("An operator releases each session", true);
        await page.InvokeAsync(() => page.FindAll("label").Single(label => label.Text() == World.Operator.Name).QuerySelector("input")!.ChangeAsync(new() { Value = true }));

        Assert.Null(page.Alert());
        Assert.True((await World.Get<PlantRegistry>().FindAsync(World.Admin, plant.Id, default))!.ReleaseRequired);
        Assert.Contains(await World.Get<PlantRegistry>().OperatorsAsync(World.Admin, plant.Id, default), o => o.User.Id == World.Operator.UserId && o.Assigned);
    }

    [Fact]
    public async Task Plant_is_renamed_and_the_page_says_that_it_was_saved()
    {
        var plant = await World.NewPlantAsync();
        await SignInAsync(Role.Admin);
        var page = Show(plant);
        page.WaitForState(() => page.FindAll("input[type=number]").Any(field => field.GetAttribute("value") == "14"));
        var name = $"Renamed {Guid.NewGuid():N}";

        await page.InvokeAsync(() => Assert.Single(page.FindComponents<PlantForm>()).Find("input").ChangeAsync(new() { Value = name }));
        await page.InvokeAsync(() => Assert.Single(page.FindComponents<PlantForm>()).Find("form").SubmitAsync());

        Assert.True(page.Says("Saved."));
        Assert.Equal(name, page.Find("h1").Text());
    }

    [Fact]
    public async Task Plant_that_somebody_else_changed_meanwhile_is_not_overwritten()
    {
        var plant = await World.NewPlantAsync();
        await SignInAsync(Role.Admin);
        var page = Show(plant);
        page.WaitForState(() => page.FindAll("input[type=number]").Any(field => field.GetAttribute("value") == "14"));
        PlantWorld.Value(await World.Get<PlantChanges>().SaveAsync(World.Admin, plant.Id, new PlantSpec($"Theirs {plant.Name}", 8, 14), plant.Version, default));

        await page.InvokeAsync(() => Assert.Single(page.FindComponents<PlantForm>()).Find("input").ChangeAsync(new() { Value = "Mine" }));
        await page.InvokeAsync(() => Assert.Single(page.FindComponents<PlantForm>()).Find("form").SubmitAsync());

        Assert.Contains("after you opened this form. Nothing of yours was saved.", page.Alert(), StringComparison.Ordinal);
        Assert.Equal($"Theirs {plant.Name}", (await World.Get<PlantRegistry>().FindAsync(World.Admin, plant.Id, default))!.Name);
    }

    [Fact]
    public async Task Removal_says_what_goes_with_it_and_leads_to_the_list()
    {
        var plant = await World.NewPlantAsync();
        var (asset, _) = await World.NewAssetAsync(plant);
        await SignInAsync(Role.Admin);
        var page = Show(plant);
        page.Until(asset.Name);

        await page.PressAsync("header", $"Remove {plant.Name}", "Remove the plant");
        Assert.Contains($"It goes with {asset.Name} and their credentials. No session runs there.", page.Dialog().Text(), StringComparison.Ordinal);
        await page.InvokeAsync(() => page.Dialog().Button("Remove the plant").ClickAsync(new()));

        Assert.Equal("/plants", WentTo);
    }

    [Fact]
    public async Task New_asset_appears_on_the_page_with_an_empty_form_for_the_next()
    {
        var plant = await World.NewPlantAsync();
        await SignInAsync(Role.Admin);
        var page = Show(plant);
        page.Until("Add the asset");

        await page.InvokeAsync(() => Form(page).QuerySelector("input")!.ChangeAsync(new() { Value = "Filler 3" }));
        await page.TypeAsync("Address in the plant", "192.168.10.33");
        await page.InvokeAsync(() => Form(page).SubmitAsync());

        Assert.Contains(page.FindAll("h2"), heading => heading.Text().StartsWith("Filler 3 192.168.10.33", StringComparison.Ordinal));
        Assert.Equal("", Form(page).QuerySelector("input")!.GetAttribute("value") ?? "");
    }

    [Theory]
    [InlineData("192.168.99.1")]
    [InlineData("192.168.10.0")]
    [InlineData("panel.local")]
    public async Task Asset_outside_the_plants_network_is_refused(string address)
    {
        await SignInAsync(Role.Admin);
        var form = Render<AssetForm>(p => p.Add(f => f.Plant, World.Plant));

        await form.EnterAsync("Name", "Panel of a test");
        await form.TypeAsync("Address in the plant", address);
        await form.SubmitAsync();

        Assert.StartsWith("Give the asset's own address in the plant's network 192.168.10.0/24", form.Alert(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_address_is_warned_of_before_it_is_saved()
    {
        var (asset, _) = await World.NewAssetAsync();
        await SignInAsync(Role.Admin);
        var form = Render<AssetForm>(p => p.Add(f => f.Plant, World.Plant).Add(f => f.Asset, asset));
        Assert.Null(form.Alert());

        await form.TypeAsync("Address in the plant", World.FreeAddress());
        Assert.StartsWith("Another address is another machine.", form.Alert(), StringComparison.Ordinal);

        await form.TypeAsync("Address in the plant", asset.Address.ToString());
        Assert.Null(form.Alert());
    }

    private static AngleSharp.Dom.IElement Form(IRenderedComponent<PlantPage> page) => page.FindAll("form").Single(form => form.HasButton("Add the asset"));

    private IRenderedComponent<PlantPage> Show(Plant plant) => Render<PlantPage>(p => p.Add(page => page.Id, plant.Id));
}
