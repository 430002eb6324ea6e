using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Sallyport.Contracts.Links;
using Sallyport.Contracts.Signing;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Gateways;

[Collection(PostgresCollection.Name)]
public sealed class LinkAuthenticationTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    private static readonly byte[] Body = JsonSerializer.SerializeToUtf8Bytes(new RunningSessions([]), LinkJson.Options);

    [Fact]
    public async Task A_token_is_taken_once_even_when_it_comes_twice_at_the_same_time()
    {
        var token = Token();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SyncAsync(token)));

        Assert.Single(answers, HttpStatusCode.OK);
        Assert.Equal(7, answers.Count(answer => answer == HttpStatusCode.Unauthorized));
        Assert.Equal(HttpStatusCode.Unauthorized, await SyncAsync(token));
    }

    [Fact]
    public async Task A_token_of_another_request_is_refused()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, await SyncAsync(Token(method: "GET")));
        Assert.Equal(HttpStatusCode.Unauthorized, await SyncAsync(Token(path: GatewayRoutes.Redeem)));
        Assert.Equal(HttpStatusCode.Unauthorized, await SyncAsync(Token(body: "{\"sessionIds\":[\"01980000-0000-7000-8000-000000000001\"]}"u8.ToArray())));
        Assert.Equal(HttpStatusCode.OK, await SyncAsync(Token()));
    }

    [Fact]
    public void What_is_remembered_of_tokens_is_forgotten_when_they_could_not_be_taken_any_more()
    {
        var time = new ShiftedTime();
        var spent = new SpentTokens(time);
        Assert.All(Enumerable.Range(0, 100), i => Assert.True(spent.Spend($"token {i}", time.GetUtcNow() + LinkToken.Lifetime)));
        Assert.False(spent.Spend("token 7", time.GetUtcNow() + LinkToken.Lifetime));

        time.Ahead += TimeSpan.FromMinutes(3);
        Assert.True(spent.Spend("another", time.GetUtcNow() + LinkToken.Lifetime));
        Assert.Equal(1, spent.Count);
    }

    [Fact]
    public async Task Who_is_refused_is_in_the_audit_log_and_who_goes_on_trying_fills_it_with_a_number()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await SyncAsync(LinkToken.Create(world.Gateway.Id, DateTimeOffset.UtcNow, PublicKey.Of(key).KeyId, key, "POST", GatewayRoutes.Sync, Body)));
        }

        var unknown = await UnknownAsync();
        Assert.Single(unknown, entry => entry.Field("reason") == "The key is no gateway's and no hub's, or was withdrawn.");

        world.Time.Ahead += RepeatedEntries.Window;
        await world.Get<RepeatedEntries>().SweepAsync(default);
        world.Time.Ahead -= RepeatedEntries.Window;
        var counted = Assert.Single(await UnknownAsync(), entry => entry.Field("reason").Contains("more time", StringComparison.Ordinal));
        Assert.Matches("^[4-9] more times since", counted.Field("reason"));

        async Task<IReadOnlyList<AuditEntry>> UnknownAsync() =>
            [.. (await world.Get<AuditSearch>().FindAsync(world.Admin, new AuditQuery(null, AuditAction.ComponentRefused.Name, null, null, null, null, AuditScope.Installation), default)).Where(entry => entry.Field("subjectName") == "unknown component")];
    }

    [Fact]
    public async Task A_gateways_own_token_is_taken() => Assert.Equal(HttpStatusCode.OK, await SyncAsync(Token()));

    [Fact]
    public async Task Without_a_token_there_is_nothing_here() => Assert.Equal(HttpStatusCode.Unauthorized, await SyncAsync(null));

    [Fact]
    public async Task A_hubs_token_does_not_open_a_gateways_door() =>
        Assert.Equal(HttpStatusCode.Forbidden, await SyncAsync(LinkToken.Create(world.Hub.Id, DateTimeOffset.UtcNow, world.Hub.Client.PublicKey.KeyId, world.Hub.Client.Key, "POST", GatewayRoutes.Sync, Body)));

    [Fact]
    public async Task A_token_of_an_unknown_key_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Equal(HttpStatusCode.Unauthorized, await SyncAsync(LinkToken.Create(world.Gateway.Id, DateTimeOffset.UtcNow, PublicKey.Of(key).KeyId, key, "POST", GatewayRoutes.Sync, Body)));
    }

    [Fact]
    public async Task A_token_that_another_key_signed_in_the_gateways_name_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Equal(HttpStatusCode.Unauthorized, await SyncAsync(LinkToken.Create(world.Gateway.Id, DateTimeOffset.UtcNow, world.Gateway.Client.PublicKey.KeyId, key, "POST", GatewayRoutes.Sync, Body)));
    }

    [Theory]
    [InlineData(-10)]
    [InlineData(10)]
    public async Task A_token_of_another_time_is_refused(int minutes) => Assert.Equal(HttpStatusCode.Unauthorized, await SyncAsync(Token(TimeSpan.FromMinutes(minutes))));

    [Fact]
    public async Task A_token_for_another_component_than_its_keys_is_refused() =>
        Assert.Equal(HttpStatusCode.Unauthorized, await SyncAsync(LinkToken.Create(Guid.NewGuid(), DateTimeOffset.UtcNow, world.Gateway.Client.PublicKey.KeyId, world.Gateway.Client.Key, "POST", GatewayRoutes.Sync, Body)));

    [Fact]
    public async Task A_browsers_cookie_does_not_open_the_link()
    {
        using var admin = await world.Portal.SignedInAsync(Role.Admin);
        using var answer = await admin.Http.PostAsJsonAsync(GatewayRoutes.Sync, new RunningSessions([]), LinkJson.Options);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    private string Token(TimeSpan ahead = default, string method = "POST", string path = GatewayRoutes.Sync, byte[]? body = null) =>
        LinkToken.Create(world.Gateway.Id, DateTimeOffset.UtcNow + ahead, world.Gateway.Client.PublicKey.KeyId, world.Gateway.Client.Key, method, path, body ?? Body);

    private async Task<HttpStatusCode> SyncAsync(string? token)
    {
        using var http = new HttpClient { BaseAddress = new Uri(world.Portal.Url) };
        http.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var content = new ByteArrayContent(Body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var answer = await http.PostAsync(new Uri(GatewayRoutes.Sync, UriKind.Relative), content);
        return answer.StatusCode;
    }
}
