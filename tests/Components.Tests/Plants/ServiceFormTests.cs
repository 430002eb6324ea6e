using Sallyport.Components.Tests.Support;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Plants;

namespace Sallyport.Components.Tests.Plants;

public sealed class ServiceFormTests(SharedPlant shared) : PageTest(shared)
{
    [Theory]
    [InlineData("Ssh", "mostly 22", "Signs in with", "The gateway signs in")]
    [InlineData("Vnc", "mostly 5900", "Control", "Signs in with")]
    [InlineData("Web", "443 with HTTPS, 80 without", "The gateway signs in", "Signs in with")]
    public async Task Form_asks_for_what_the_kind_needs_and_nothing_else(string kind, string port, string field, string other)
    {
        var form = await NewAsync();

        await form.EnterAsync("Kind", kind);

        Assert.True(form.Says(port));
        Assert.NotEmpty(form.Fields(field));
        Assert.Empty(form.Fields(other));
    }

    [Fact]
    public async Task New_service_is_added_and_nothing_of_it_stays_in_the_form()
    {
        var form = await NewAsync();

        await FillAsync(form, "Terminal 2", "a secret of a test");
        await form.SubmitAsync();

        Assert.Null(form.Alert());
        Assert.Equal("Terminal 2 was added.", form.Find("[role=status]").Text());
        Assert.DoesNotContain("a secret of a test", form.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("root", form.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Name_that_the_asset_has_already_is_refused_and_what_was_entered_stays()
    {
        var (asset, service) = await World.NewAssetAsync();
        var form = await NewAsync(asset);

        await FillAsync(form, service.Name, "not a real secret");
        await form.SubmitAsync();

        Assert.Equal($"This asset already has a service called {service.Name}.", form.Alert());
        Assert.Equal("root", form.Field("User at the asset").GetAttribute("value"));
    }

    [Fact]
    public async Task Private_key_is_typed_into_a_field_that_takes_lines()
    {
        var form = await NewAsync();

        await form.EnterAsync("Signs in with", "a private key");
        Assert.Equal("TEXTAREA", form.Field("Private key").TagName);
        await FillAsync(form, "Terminal 2", null);
        await form.EnterAsync("Private key", "no key");
        await form.SubmitAsync();

        Assert.Equal("The private key must be given in PEM or OpenSSH form.", form.Alert());
    }

    [Fact]
    public async Task Stored_secret_is_never_shown_and_an_empty_field_keeps_it()
    {
        var (_, service) = await World.NewAssetAsync();
        var form = await ChangeAsync(service);
        Assert.True(form.Says("empty keeps the stored one"));
        Assert.DoesNotContain("not a real secret", form.Markup, StringComparison.Ordinal);
        Assert.Equal("new-password", form.Field("Password").GetAttribute("autocomplete"));

        await form.EnterAsync("User at the asset", "operator");
        await form.SubmitAsync();

        Assert.Equal("Saved.", form.Find("[role=status]").Text());
        Assert.Equal("not a real secret", await World.SecretAsync(service));
    }

    [Fact]
    public async Task Another_port_is_warned_of_and_needs_the_secret_again()
    {
        var (_, service) = await World.NewAssetAsync();
        var form = await ChangeAsync(service);
        Assert.Null(form.Alert());

        await form.TypeAsync("Port", "2222");

        Assert.Contains("Another port is another server.", form.Alert(), StringComparison.Ordinal);
        Assert.Contains("give it again above", form.Alert(), StringComparison.Ordinal);
        Assert.True(form.Says("needed again: what was stored is for another destination"));
    }

    [Fact]
    public async Task Service_keeps_its_kind()
    {
        var (_, service) = await World.NewAssetAsync();

        Assert.Empty((await ChangeAsync(service)).Fields("Kind"));
    }

    [Fact]
    public async Task Service_that_somebody_else_changed_meanwhile_is_not_overwritten()
    {
        var (_, service) = await World.NewAssetAsync();
        var form = await ChangeAsync(service);
        PlantWorld.Value(await World.Get<ServiceChanges>().SaveAsync(World.Admin, service.Id, new ServiceSpec(ServiceKind.Ssh, "Theirs", 22, "root", "", false, 30), service.Version, default));

        await form.EnterAsync("Name", "Mine");
        await form.SubmitAsync();

        Assert.Contains("Nothing of yours was saved.", form.Alert(), StringComparison.Ordinal);
        Assert.Equal("Theirs", (await World.StoredAsync(service)).Name);
    }

    [Fact]
    public async Task What_few_panels_need_is_folded_away_until_it_differs()
    {
        var (asset, _) = await World.NewAssetAsync();
        var usual = PlantWorld.Value(await World.Get<ServiceChanges>().AddAsync(World.Admin, asset.Id, new ServiceSpec(ServiceKind.Vnc, "Screen", 5900, "", "control", false, 30, new ScreenSettings()), default));
        var special = PlantWorld.Value(await World.Get<ServiceChanges>().AddAsync(World.Admin, asset.Id, new ServiceSpec(ServiceKind.Vnc, "Old screen", 5901, "", "control", false, 30, new ScreenSettings { Exclusive = true }), default));

        Assert.False((await ChangeAsync(usual)).Find("details.advanced").HasAttribute("open"));
        Assert.True((await ChangeAsync(special)).Find("details.advanced").HasAttribute("open"));
    }

    [Fact]
    public async Task Old_tls_is_offered_with_a_warning_and_only_with_https()
    {
        var form = await NewAsync();
        await form.EnterAsync("Kind", "Web");
        await form.EnterAsync("HTTPS", false);
        Assert.Empty(form.Fields("Old TLS"));

        await form.EnterAsync("HTTPS", true);
        Assert.Null(form.Alert());
        await form.EnterAsync("Old TLS", true);

        Assert.StartsWith("Old TLS can be broken by whoever stands between gateway and device.", form.Alert(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Look_only_takes_the_websockets_away()
    {
        var form = await NewAsync();
        await form.EnterAsync("Kind", "Web");
        Assert.False(form.Field("WebSockets").IsDisabled());

        await form.EnterAsync("Look only", true);

        Assert.True(form.Field("WebSockets").IsDisabled());
    }

    [Fact]
    public async Task View_password_is_asked_for_only_where_the_panel_has_one()
    {
        var form = await NewAsync();
        await form.EnterAsync("Kind", "Vnc");
        Assert.Empty(form.Fields("View password"));

        await form.EnterAsync("The panel has a view password, too", true);

        Assert.Single(form.Fields("View password"));
        Assert.Single(form.Fields("Control password"));
    }

    [Fact]
    public async Task Key_that_nobody_has_pinned_keeps_everybody_out_and_says_so()
    {
        var panel = await PanelAsync(pinned: false);

        Assert.True(panel.Says("host key not pinned"));
        Assert.True(panel.Says("Nobody can connect until an admin has pinned it."));
        Assert.Empty(panel.Buttons("Pin this key"));
    }

    [Fact]
    public async Task Pinned_key_shows_its_fingerprint()
    {
        var panel = await PanelAsync(pinned: true);

        Assert.True(panel.Says("host key pinned"));
        Assert.True(panel.Says("ssh-ed25519 SHA256:test"));
    }

    [Fact]
    public async Task Key_that_was_read_is_shown_and_pinned_only_when_an_admin_says_so()
    {
        var panel = await PanelAsync(pinned: false);

        await ReadKeyAsync(panel, "SHA256:first");
        Assert.True(panel.Says("The asset shows ssh-ed25519 SHA256:first. Compare it with what the device itself says, then pin it."));
        await panel.PressAsync("Pin this key");

        Assert.Null(panel.Alert());
        Assert.Equal("SHA256:first", (await World.StoredAsync(panel.Instance.Service)).HostKeyFingerprint);
    }

    [Fact]
    public async Task Key_that_has_changed_is_warned_of()
    {
        var panel = await PanelAsync(pinned: true);

        await ReadKeyAsync(panel, "SHA256:another");

        Assert.True(panel.Says("This is another key than the pinned one. Pin it only if you know why it changed."));
        Assert.Contains("danger", panel.Button("Pin this key").ClassName, StringComparison.Ordinal);
    }

    private async Task<IRenderedComponent<ServiceForm>> NewAsync(Asset? asset = null)
    {
        var on = asset ?? (await World.NewAssetAsync()).Asset;
        await SignInAsync(Role.Admin);
        return Render<ServiceForm>(p => p.Add(f => f.AssetId, on.Id));
    }

    private async Task<IRenderedComponent<ServiceForm>> ChangeAsync(Service service)
    {
        await SignInAsync(Role.Admin);
        return Render<ServiceForm>(p => p.Add(f => f.AssetId, service.AssetId).Add(f => f.Service, service));
    }

    private async Task<IRenderedComponent<HostKeyPanel>> PanelAsync(bool pinned)
    {
        var (asset, service) = await World.NewAssetAsync();
        if (!pinned)
        {
            service = PlantWorld.Value(await World.Get<ServiceChanges>().AddAsync(World.Admin, asset.Id, new ServiceSpec(ServiceKind.Ssh, "Unpinned", 2022, "root", "not a real secret", false, 30), default));
        }

        await SignInAsync(Role.Admin);
        return Render<HostKeyPanel>(p => p.Add(h => h.Service, service));
    }

    /// <summary>Presses the button, and answers as the gateway does that read the key.</summary>
    private async Task ReadKeyAsync(IRenderedComponent<HostKeyPanel> panel, string fingerprint)
    {
        var before = World.Gateway.Events.Count;
        var pressed = panel.PressAsync("Read the host key");
        await World.Gateway.AnswerScanAsync(before, new HostKeyScanResult(Convert.ToBase64String(new byte[51]), "ssh-ed25519", fingerprint, null));
        await pressed;
    }

    private static async Task FillAsync(IRenderedComponent<ServiceForm> form, string name, string? secret)
    {
        await form.EnterAsync("Name", name);
        await form.TypeAsync("Port", "22");
        await form.EnterAsync("User at the asset", "root");
        if (secret is not null)
        {
            await form.EnterAsync("Password", secret);
        }
    }
}
