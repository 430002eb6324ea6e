using System.Net.Http.Json;
using System.Text.Json;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Sessions;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Sessions;

/// <summary>Where the browser finds a web session: at its own address, below the domain that its gateway says.</summary>
[Collection(PostgresCollection.Name)]
public sealed class WebSessionTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    [Fact]
    public async Task Without_a_gateway_for_web_there_is_no_session_and_with_one_it_has_its_own_address()
    {
        await SayAsync(null);
        var service = await WebServiceAsync("Web 1");
        var person = await world.Portal.AddUserAsync(Role.Technician);
        var technician = new Actor(person.User.Id, person.User.Name, person.User.TenantId, new HashSet<Role> { Role.Technician }, "192.0.2.7");
        await world.GrantAsync(technician, service);
        Assert.Contains("serves web HMIs", (await world.Broker.ConnectAsync(technician, service.Id, default)).Error, StringComparison.Ordinal);

        await SayAsync("https://web.example.com/");
        var session = PlantWorld.Value(await world.Broker.ConnectAsync(technician, service.Id, default));
        using var browser = world.Portal.NewBrowser();
        await browser.SignInAsync(person);
        Assert.Equal($"https://{session.Id:N}-bar.web.example.com", await AddressAsync(browser, session));

        // The gateway was set up anew; the sessions that it will open are elsewhere now.
        await SayAsync("http://localhost:8081");
        Assert.Equal($"http://bar.{session.Id:N}.localhost:8081", await AddressAsync(browser, session));
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("web.example.com")]
    [InlineData("https://")]
    public async Task A_gateway_that_says_nonsense_is_not_believed(string origin)
    {
        await SayAsync("https://web.example.com");
        await SayAsync(origin);
        Assert.Equal("https://web.example.com", (await world.Get<GatewayLink>().PickAsync(ServiceKind.Web, default))?.WebOrigin);
    }

    [Fact]
    public async Task The_gateway_is_told_how_to_speak_to_the_asset()
    {
        await SayAsync("https://web.example.com");
        var service = await WebServiceAsync("Web 2");
        var (technician, session) = await world.ReadyAsync(service);
        var ticket = PlantWorld.Value(await world.Broker.IssueTicketAsync(technician, session.Id, default));

        var (order, _) = await world.Gateway.RedeemAsync(ticket.Ticket);

        Assert.Equal((ServiceKind.Web, "192.168.10.20", "operator"), (order!.Kind, order.LanAddress, order.Credential.UserName));
        Assert.Equal(("/start", WebSignIn.Basic, "supervisor"), (order.Web!.StartPath, order.Web.SignIn, Assert.Single(order.Web.SecretFields)));
    }

    private async Task SayAsync(string? origin) => await world.Gateway.Client.AskAsync<RunningSessions, SessionsToEnd>(
        GatewayRoutes.Sync, new RunningSessions([], new GatewayInfo("http://gateway.test", "10.0.0.2", origin)), CancellationToken.None);

    private async Task<Service> WebServiceAsync(string name) => PlantWorld.Value(await world.Get<ServiceChanges>().AddAsync(
        world.Admin, world.Panel.Id, new ServiceSpec(ServiceKind.Web, name, 80, "operator", "not a real secret", false, 30, Web: new WebSettings { StartPath = "/start", SignIn = WebSignIn.Basic, SecretFields = ["supervisor"] }), default));

    private static async Task<string?> AddressAsync(PortalBrowser browser, Session session) =>
        (await browser.Http.GetFromJsonAsync<JsonElement>($"/sessions/{session.Id}/state")).GetProperty("webUrl").GetString();
}
