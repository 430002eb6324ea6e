using Sallyport.Components.Tests.Support;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Identity.SignIn;

namespace Sallyport.Components.Tests.Identity;

public sealed class ProvidersPageTests(SharedPlant shared) : PageTest(shared)
{
    private static int _names;

    private readonly string _key = $"company-{Interlocked.Increment(ref _names)}";

    [Fact]
    public void Page_says_that_it_is_loading_while_nothing_is_known()
    {
        KeepWaiting();

        Assert.True(Render<ProvidersPage>().Says("Loading…"));
    }

    [Fact]
    public async Task Admins_of_another_company_read_who_looks_after_providers()
    {
        await SignInStrangerAsync(Role.Admin);

        var page = Render<ProvidersPage>();

        page.Until("Not for your company");
        Assert.Empty(page.Buttons("Add a provider"));
        Assert.Empty(page.FindAll("table"));
    }

    [Fact]
    public async Task Who_is_no_admin_is_led_away()
    {
        await SignInAsync(Role.Technician);

        var page = Render<ProvidersPage>();

        page.WaitForState(() => WentTo is not null);
        Assert.Equal("/access-denied", WentTo);
        Assert.Empty(page.Buttons("Add a provider"));
    }

    [Fact]
    public async Task Without_a_provider_the_page_says_how_people_sign_in_and_offers_to_add_one()
    {
        await SignInAsync(Role.Admin);

        var page = Render<ProvidersPage>();

        page.Until("No company's own provider");
        await page.PressAsync("Add a provider");
        Assert.False(page.Says("No company's own provider"));
        await page.PressAsync("Cancel");
        Assert.True(page.Says("No company's own provider"));
    }

    [Fact]
    public async Task Form_says_what_to_register_at_the_provider()
    {
        var page = await FormAsync();

        await page.TypeAsync("Short name", "plant-builder");

        Assert.True(page.Says($"return address {World.Portal.Url}/signed-in/plant-builder, after sign-out {World.Portal.Url}/, back-channel logout {World.Portal.Url}/back-channel-logout"));
    }

    [Fact]
    public async Task What_cannot_be_used_is_said_and_what_was_entered_stays()
    {
        var page = await FormAsync();

        await page.EnterAsync("Name", "A company");
        await page.TypeAsync("Short name", _key);
        await page.TypeAsync("Authority", "http://login.example");
        await page.EnterAsync("Client ID", "sallyport");
        await page.EnterAsync("Roles", "technicians = Technician");
        await page.SubmitAsync();

        Assert.StartsWith("The authority must be https", page.Alert(), StringComparison.Ordinal);
        Assert.Equal("A company", page.Field("Name").GetAttribute("value"));
        Assert.Empty(page.FindAll("table"));
    }

    [Fact]
    public async Task Secret_is_not_asked_for_where_there_is_none()
    {
        var page = await FormAsync();

        await page.EnterAsync("There is no secret", true);

        Assert.True(page.Field("Client secret").IsDisabled());
    }

    [Fact]
    public async Task Test_of_an_address_that_is_away_says_so()
    {
        var page = await FormAsync();

        await page.TypeAsync("Authority", "http://127.0.0.1:1");
        await page.PressAsync("Test");

        page.WaitForState(() => page.Find("#provider-answer[role=status]").Text().Contains("does not answer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Provider_is_listed_changed_without_its_secret_and_removed_after_the_dialog_has_said_whom_that_signs_out()
    {
        var provider = await AddAsync();
        await SignInAsync(new TestUser(await PersonAsync(provider), "", ""));
        await SignInAsync(new TestUser(await PersonAsync(provider), "", ""));
        await SignInAsync(Role.Admin);
        var page = Render<ProvidersPage>();
        page.Until(provider.Title);
        Assert.Equal(["A company", "Test company"], [page.Part("tr", provider.Authority).Text()[..9], page.Part("tr", provider.Authority).QuerySelectorAll("td")[1].Text()]);
        Assert.Contains($"{_key}.example", page.Part("tr", provider.Authority).Text(), StringComparison.Ordinal);

        await page.PressAsync($"Change {provider.Title}");
        Assert.True(page.Field("Short name").IsDisabled());
        Assert.Equal("", page.Field("Client secret").GetAttribute("value") ?? "");
        Assert.True(page.Says("empty: as it is"));
        await page.EnterAsync("E-mail domains", $"{_key}.example other-{_key}.example");
        await page.SubmitAsync();
        Assert.Null(page.Alert());
        Assert.Contains($"other-{_key}.example", page.Part("tr", provider.Authority).Text(), StringComparison.Ordinal);

        await page.PressAsync("tr", provider.Authority, "Remove");
        Assert.Contains("Nobody signs in there any more. 2 people are signed in by it: they are signed out, and everything of theirs that runs ends at once.", page.Dialog().Text(), StringComparison.Ordinal);
        await page.InvokeAsync(() => page.Dialog().Button("Remove").ClickAsync(new()));

        Assert.Null(page.Alert());
        page.Until("No company's own provider");
    }

    [Theory]
    [InlineData(0, "Nobody is signed in by it now.")]
    [InlineData(1, "One person is signed in by it: they are signed out")]
    public async Task Dialog_counts_people_and_not_their_browsers(int people, string sentence)
    {
        var provider = await AddAsync();
        if (people > 0)
        {
            var person = new TestUser(await PersonAsync(provider), "", "");
            await SignInAsync(person);
            await SignInAsync(person);
        }

        await SignInAsync(Role.Admin);
        var page = Render<ProvidersPage>();
        page.Until(provider.Title);

        await page.PressAsync("tr", provider.Authority, "Remove");
        Assert.Contains(sentence, page.Dialog().Text(), StringComparison.Ordinal);
        await page.InvokeAsync(() => page.Dialog().Button("Remove").ClickAsync(new()));
        page.Until("No company's own provider");
    }

    [Fact]
    public async Task Provider_that_another_admin_has_removed_is_said_to_be_gone()
    {
        var provider = await AddAsync();
        var admin = await SignInAsync(Role.Admin);
        var page = Render<ProvidersPage>();
        page.Until(provider.Title);
        Assert.Null(await World.Get<IdentityProviders>().RemoveAsync(admin.Actor, provider.Id, default));

        await page.PressAsync("tr", provider.Authority, "Remove");
        await page.InvokeAsync(() => page.Dialog().Button("Remove").ClickAsync(new()));

        Assert.Equal("This provider does not exist any more.", page.Alert());
        Assert.True(page.Says("No company's own provider"));
    }

    private async Task<IRenderedComponent<ProvidersPage>> FormAsync()
    {
        await SignInAsync(Role.Admin);
        var page = Render<ProvidersPage>();
        page.Until("No company's own provider");
        await page.PressAsync("Add a provider");
        return page;
    }

    private async Task<IdentityProvider> AddAsync()
    {
        var providers = World.Get<IdentityProviders>();
        var form = new ProviderForm { Key = _key, Title = "A company", Authority = $"https://{_key}.login.example", ClientId = "sallyport", Secret = "a secret of the company", TenantId = World.Portal.TenantId, Roles = "technicians = Technician", Domains = $"{_key}.example" };
        Assert.Null(await providers.SaveAsync(World.Admin, form, default));
        return Assert.Single((await providers.ListAsync(World.Admin, default))!, provider => provider.Key == _key);
    }

    private async Task<User> PersonAsync(IdentityProvider provider)
    {
        var user = new User { TenantId = World.Portal.TenantId, Issuer = provider.Authority, Subject = Guid.NewGuid().ToString(), Name = "From the company", Roles = [Role.Technician], CreatedAt = DateTimeOffset.UtcNow };
        await using var db = World.Get<Portal.Data.PortalDbFactory>().ForSystem();
        db.Add(user);
        await db.SaveChangesAsync();
        return user;
    }
}
