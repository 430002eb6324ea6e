using System.Net;
using System.Security.Cryptography;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Overlay;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Overlay;

[Collection(PostgresCollection.Name)]
public sealed class EnrollmentTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    private static int _plants;

    [Fact]
    public async Task Of_many_edges_that_come_at_once_with_one_code_one_is_enrolled()
    {
        var (_, code) = await CodeAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => EnrollAsync(code, NewKey())));

        Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.OK), a => Assert.Contains("This code is not valid", a.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_retry_with_the_same_key_gets_the_same_answer()
    {
        var (_, code) = await CodeAsync();
        var key = NewKey();

        var first = await EnrollAsync(code, key);
        var second = await EnrollAsync(code, key);

        Assert.Equal(HttpStatusCode.OK, first.Status);
        Assert.Equal(first, second);
        Assert.Contains("\nhub_key=", first.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_code_expires()
    {
        var (plant, code) = await CodeAsync();
        world.Time.Ahead += Enrollment.CodeLifetime + TimeSpan.FromSeconds(1);

        Assert.Equal(HttpStatusCode.Forbidden, (await EnrollAsync(code, NewKey())).Status);
        Assert.Null((await world.Get<PlantRegistry>().FindAsync(world.Admin, plant.Id, default))!.PublicKey);
    }

    [Fact]
    public async Task A_new_code_voids_the_older_also_when_both_are_made_at_once()
    {
        var (plant, older) = await CodeAsync();
        var codes = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => world.Get<PlantRegistry>().NewCodeAsync(world.Admin, plant.Id, default)));

        Assert.Equal(HttpStatusCode.Forbidden, (await EnrollAsync(older, NewKey())).Status);
        var good = 0;
        foreach (var code in codes)
        {
            good += (await EnrollAsync(code.Value!, NewKey())).Status == HttpStatusCode.OK ? 1 : 0;
        }

        Assert.Equal(1, good);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not base64")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    public async Task A_public_key_that_is_none_is_refused_and_does_not_spend_the_code(string key)
    {
        var (_, code) = await CodeAsync();

        Assert.Equal(HttpStatusCode.Forbidden, (await EnrollAsync(code, key)).Status);
        Assert.Equal(HttpStatusCode.OK, (await EnrollAsync(code, NewKey())).Status);
    }

    [Fact]
    public async Task The_key_of_another_plant_is_refused()
    {
        var (_, first) = await CodeAsync();
        var (_, second) = await CodeAsync();
        var key = NewKey();
        await EnrollAsync(first, key);

        Assert.Contains("belongs to another plant", (await EnrollAsync(second, key)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_enrollment_reaches_the_hub_and_the_audit_log()
    {
        var (plant, code) = await CodeAsync();
        var key = NewKey();

        await EnrollAsync(code, key);

        var peer = await world.Hub.EventAsync<PeerConfig>(HubEvent.SetPeer, p => p.PublicKey == key);
        Assert.Equal([$"{plant.TunnelAddress}/32", plant.VirtualPrefix.ToString()], peer.AllowedIps);
        Assert.Single(await world.AuditAsync(AuditAction.Enrolled, plant.Id));
    }

    [Fact]
    public async Task A_plants_code_enrolls_no_gateway()
    {
        var (_, code) = await CodeAsync();
        var folder = Directory.CreateTempSubdirectory();
        using var client = new LinkClient(world.Portal.Url, null, folder.FullName, TimeProvider.System);

        await Assert.ThrowsAsync<InvalidOperationException>(() => client.EnrollAsync(code, new GatewayInfo("http://gateway.test", "10.0.0.66"), null, default));
        folder.Delete(recursive: true);
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private async Task<(Plant Plant, string Code)> CodeAsync()
    {
        var number = Interlocked.Increment(ref _plants);
        var plant = PlantWorld.Value(await world.Get<PlantRegistry>().AddAsync(world.Admin, $"Plant {number}", $"192.168.{number}.0/24", false, default));
        return (plant, PlantWorld.Value(await world.Get<PlantRegistry>().NewCodeAsync(world.Admin, plant.Id, default)));
    }

    private async Task<(HttpStatusCode Status, string Text)> EnrollAsync(string code, string key)
    {
        var (configuration, error) = await world.Get<Enrollment>().EnrollPlantAsync(code, key, "192.0.2.50", default);
        return (configuration is null ? HttpStatusCode.Forbidden : HttpStatusCode.OK, configuration?.ToString() ?? error!);
    }
}
