using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Sallyport.Contracts.Links;
using Sallyport.Contracts.Signing;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Gateways;

[Collection(PostgresCollection.Name)]
public sealed class LinkAuthenticationTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    [Fact]
    public async Task A_gateways_own_token_is_taken() => Assert.Equal(HttpStatusCode.OK, await SyncAsync(Token()));

    [Fact]
    public async Task Without_a_token_there_is_nothing_here() => Assert.Equal(HttpStatusCode.Unauthorized, await SyncAsync(null));

    [Fact]
    public async Task A_hubs_token_does_not_open_a_gateways_door() =>
        Assert.Equal(HttpStatusCode.Forbidden, await SyncAsync(LinkToken.Create(world.Hub.Id, DateTimeOffset.UtcNow, world.Hub.Client.PublicKey.KeyId, world.Hub.Client.Key)));

    [Fact]
    public async Task A_token_of_an_unknown_key_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Equal(HttpStatusCode.Unauthorized, await SyncAsync(LinkToken.Create(world.Gateway.Id, DateTimeOffset.UtcNow, PublicKey.Of(key).KeyId, key)));
    }

    [Fact]
    public async Task A_token_that_another_key_signed_in_the_gateways_name_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Equal(HttpStatusCode.Unauthorized, await SyncAsync(LinkToken.Create(world.Gateway.Id, DateTimeOffset.UtcNow, world.Gateway.Client.PublicKey.KeyId, key)));
    }

    [Theory]
    [InlineData(-10)]
    [InlineData(10)]
    public async Task A_token_of_another_time_is_refused(int minutes) => Assert.Equal(HttpStatusCode.Unauthorized, await SyncAsync(Token(TimeSpan.FromMinutes(minutes))));

    [Fact]
    public async Task A_token_for_another_component_than_its_keys_is_refused() =>
        Assert.Equal(HttpStatusCode.Unauthorized, await SyncAsync(LinkToken.Create(Guid.NewGuid(), DateTimeOffset.UtcNow, world.Gateway.Client.PublicKey.KeyId, world.Gateway.Client.Key)));

    [Fact]
    public async Task A_browsers_cookie_does_not_open_the_link()
    {
        using var admin = await world.Portal.SignedInAsync(Role.Admin);
        using var answer = await admin.Http.PostAsJsonAsync(GatewayRoutes.Sync, new RunningSessions([]), LinkJson.Options);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    private string Token(TimeSpan ahead = default) => LinkToken.Create(world.Gateway.Id, DateTimeOffset.UtcNow + ahead, world.Gateway.Client.PublicKey.KeyId, world.Gateway.Client.Key);

    private async Task<HttpStatusCode> SyncAsync(string? token)
    {
        using var http = new HttpClient { BaseAddress = new Uri(world.Portal.Url) };
        http.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var answer = await http.PostAsJsonAsync(GatewayRoutes.Sync, new RunningSessions([]), LinkJson.Options);
        return answer.StatusCode;
    }
}
