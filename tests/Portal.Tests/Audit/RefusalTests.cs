using System.Net;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Sessions;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Audit;

/// <summary>Whatever the portal refuses is in the audit log: for each kind of refusal, one is provoked here and looked for.</summary>
[Collection(PostgresCollection.Name)]
public sealed class RefusalTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    [Fact]
    public async Task A_page_that_is_not_part_of_the_users_role()
    {
        using var technician = await world.Portal.SignedInAsync(Role.Technician);
        using var answer = await technician.Http.GetAsync("/users");

        await RefusedAsync(AuditAction.AccessDenied, "/users");
    }

    [Fact]
    public async Task A_request_of_another_origin()
    {
        NextWindow();
        using var admin = await world.Portal.SignedInAsync(Role.Admin);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate");
        request.Headers.Add("Origin", "https://evil.example");
        using var answer = await admin.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        var entry = await RefusedAsync(AuditAction.RequestRefused, "/_blazor/negotiate");
        Assert.Contains("https://evil.example", entry.Field("reason"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_to_another_host_name()
    {
        NextWindow();
        using var anybody = world.Portal.NewBrowser();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/of-another-host");
        request.Headers.Host = "evil.example";
        using var answer = await anybody.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
        await RefusedAsync(AuditAction.RequestRefused, "/of-another-host");
    }

    [Fact]
    public async Task A_client_of_the_provider_that_is_unknown_or_has_no_valid_code()
    {
        NextWindow();
        using var anybody = world.Portal.NewBrowser();
        using var link = await anybody.Http.GetAsync("/openid/authorize?client_id=of-nobody&redirect_uri=https://evil.example/");
        using var token = await anybody.Http.PostAsync("/openid/token", new FormUrlEncodedContent([new("client_id", "a-wrong-client"), new("client_secret", "x"), new("grant_type", "authorization_code"), new("code", "x"), new("code_verifier", "x"), new("redirect_uri", "https://evil.example/")]));

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.Unauthorized), (link.StatusCode, token.StatusCode));
        await RefusedAsync(AuditAction.ClientRefused, "of-nobody");
        await RefusedAsync(AuditAction.ClientRefused, "a-wrong-client");
    }

    [Fact]
    public async Task A_watchers_ticket_that_is_forged()
    {
        Assert.Null(await world.Get<Watching>().RedeemAsync(Guid.NewGuid(), new TicketRedemption("not.a.ticket", "192.0.2.77"), default));

        var entry = await RefusedAsync(AuditAction.TicketRefused, "watch ticket");
        Assert.Equal("192.0.2.77", entry.Field("address"));
    }

    [Fact]
    public async Task What_a_stranger_repeats_is_one_entry_and_a_count()
    {
        NextWindow();
        using var anybody = world.Portal.NewBrowser();
        for (var i = 0; i < 20; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/again/{i}");
            request.Headers.Host = $"evil-{i}.example";
            using var answer = await anybody.Http.SendAsync(request);
        }

        var entries = await EntriesAsync(AuditAction.RequestRefused);
        Assert.Single(entries, entry => entry.Field("subjectName")!.StartsWith("/again/", StringComparison.Ordinal));
    }

    // Each of these comes from the same address: only the first of a window is written at once.
    private void NextWindow() => world.Time.Ahead += RepeatedEntries.Window;

    private async Task<AuditEntry> RefusedAsync(AuditAction action, string subject) =>
        Assert.Single(await EntriesAsync(action), entry => entry.Field("subjectName") == subject && entry.Field("result") == "refused");

    private Task<IReadOnlyList<AuditEntry>> EntriesAsync(AuditAction action) =>
        world.Get<AuditSearch>().FindAsync(world.Admin, new AuditQuery(null, action.Name, null, null, null, null, AuditScope.Both), default);
}
