using System.Net;
using Sallyport.Gateway.Tests.Web.Support;

namespace Sallyport.Gateway.Tests.Web.Forwarding;

/// <summary>Headers as old devices write them.</summary>
public sealed class HeaderTests : IAsyncLifetime
{
    private WebGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await WebGateway.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task A_file_whose_name_is_not_ASCII_can_be_downloaded()
    {
        await using var asset = new RawAsset(_ => RawAsset.Ok("x", "Content-Disposition: attachment; filename=\"Übersicht.csv\"\r\n"));
        using var browser = await _gateway.ConnectAsync(asset.Port);
        using var response = await browser.GetAsync("/");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("x", await response.Content.ReadAsStringAsync());
        Assert.Contains("bersicht.csv", response.Content.Headers.ContentDisposition?.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_header_of_the_browser_that_is_not_ASCII_reaches_the_asset_as_it_was()
    {
        await using var asset = new RawAsset();
        using var browser = await _gateway.ConnectAsync(asset.Port);
        using var response = await browser.GetAsync("/", request => request.Headers.TryAddWithoutValidation("X-Operator", "M\u00fcller"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("X-Operator: M\u00fcller", asset.Requests.Last(), StringComparison.Ordinal);
    }
}
