using System.Buffers.Text;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Identity.Provider;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>The embedded provider's keys and rows, over months.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ProviderKeyTests(PostgresCluster cluster)
{
    [Fact]
    public async Task Keys_are_published_before_they_sign_and_the_portal_signs_people_in_all_the_while()
    {
        var time = new ShiftedTime();
        await using var portal = await StartAsync(time);
        var user = await portal.AddUserAsync(Role.Technician);
        using var client = new CodeClient(portal);
        var (first, hint) = await SignAsync();
        Assert.Equal([first], await PublishedAsync());

        // A new one after ninety days, which signs nothing yet.
        time.Ahead += KeyPlan.Period;
        await KeepHouseAsync();
        var published = await PublishedAsync();
        Assert.Equal(2, published.Count);
        Assert.Equal(first, (await SignAsync()).KeyId);

        time.Ahead += KeyPlan.Ahead;
        await KeepHouseAsync();
        var (second, _) = await SignAsync();
        Assert.Equal(second, Assert.Single(published, key => key != first));
        Assert.Equal(published.Order(), (await PublishedAsync()).Order());
        using var anybody = portal.NewBrowser();
        Assert.Equal(HttpStatusCode.Found, (await anybody.Http.GetAsync($"/openid/end-session?id_token_hint={hint}")).StatusCode);

        // The first is believed no more, and its file is gone.
        time.Ahead += KeyPlan.Kept;
        await KeepHouseAsync();
        Assert.Equal([second], await PublishedAsync());
        Assert.Equal(HttpStatusCode.BadRequest, (await anybody.Http.GetAsync($"/openid/end-session?id_token_hint={hint}")).StatusCode);

        Task KeepHouseAsync() => portal.Services.GetRequiredService<ProviderHousekeeping>().RunAsync(CancellationToken.None);

        // By the pages, so that the portal's own sign-in is one of those that go on.
        async Task<(string KeyId, string Token)> SignAsync()
        {
            using var browser = portal.NewBrowser();
            await browser.SignInAsync(user);
            var token = (await client.RedeemAsync(await client.CodeAsync(browser))).Body.GetProperty("id_token").GetString()!;
            return (JsonElement.Parse(Base64Url.DecodeFromChars(token.Split('.')[0])).GetProperty("kid").GetString()!, token);
        }

        async Task<List<string>> PublishedAsync()
        {
            using var browser = portal.NewBrowser();
            var keys = JsonElement.Parse(await browser.Http.GetByteArrayAsync("/openid/jwks")).GetProperty("keys");
            return [.. keys.EnumerateArray().Select(key => key.GetProperty("kid").GetString()!)];
        }
    }

    [Fact]
    public async Task Rows_of_spent_codes_go_after_an_hour()
    {
        var time = new ShiftedTime();
        await using var portal = await StartAsync(time);
        using var browser = await portal.SignedInAsync(Role.Technician);
        Assert.NotEqual(0, await portal.CountAsync("select count(*) from open_iddict_tokens where status = 'redeemed'"));

        await portal.Services.GetRequiredService<ProviderHousekeeping>().RunAsync(CancellationToken.None);
        Assert.NotEqual(0, await portal.CountAsync("select count(*) from open_iddict_tokens where status = 'redeemed'"));

        time.Ahead += TimeSpan.FromHours(1.1);
        await portal.Services.GetRequiredService<ProviderHousekeeping>().RunAsync(CancellationToken.None);
        Assert.Equal(0, await portal.CountAsync("select count(*) from open_iddict_tokens where status = 'redeemed'"));
    }

    [Fact]
    public async Task Clients_are_those_of_the_configuration_after_each_start()
    {
        await using var portal = await StartAsync(new ShiftedTime());
        var clients = portal.Services.GetRequiredService<ProviderClients>();
        await portal.CountAsync("with gone as (delete from open_iddict_applications where client_id = 'attacked' returning 1), other as (update open_iddict_applications set redirect_uris = '[\"https://evil.example/\"]', client_id = 'renamed' where client_id = 'other' returning 1) select count(*) from gone, other");

        await Task.WhenAll(clients.StartAsync(CancellationToken.None), clients.StartAsync(CancellationToken.None));

        Assert.Equal(3, await portal.CountAsync("select count(*) from open_iddict_applications"));
        Assert.Equal(0, await portal.CountAsync("select count(*) from open_iddict_applications where redirect_uris like '%evil%' or client_id = 'renamed'"));
        using var browser = await portal.SignedInAsync(Role.Technician);
        using var client = new CodeClient(portal);
        Assert.NotEmpty(await client.CodeAsync(browser));
    }

    private Task<PortalInstance> StartAsync(ShiftedTime time) =>
        PortalInstance.StartAsync(cluster, new(CodeClient.Settings), builder => builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(time)));
}
