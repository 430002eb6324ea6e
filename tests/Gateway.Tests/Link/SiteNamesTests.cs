using Sallyport.Contracts;

namespace Sallyport.Gateway.Tests.Link;

/// <summary>Which names of a gateway browsers would mix up with the portal's.</summary>
public sealed class SiteNamesTests
{
    [Theory]
    [InlineData("https://portal.example.com", "https://gateway.example.com", "https://plant-hmi.example")]
    [InlineData("https://portal.example.com", "https://gateway.example.com:8444", null)]
    [InlineData("https://portal.firm.co.uk", "https://gateway.firm.co.uk", "https://hmi.other.co.uk")]
    [InlineData("http://localhost:8080", "http://localhost:8081", "http://localhost:8081")]
    [InlineData("http://127.0.0.1:8080", "http://127.0.0.1:8081", null)]
    [InlineData("https://192.0.2.1", "https://192.0.2.2", null)]
    public void Names_that_browsers_keep_apart_are_taken(string portal, string gateway, string? web) => Assert.Null(SiteNames.Conflict(portal, gateway, web));

    [Theory]
    [InlineData("https://portal.example.com", "https://portal.example.com:8444")]
    [InlineData("https://portal.example.com", "https://PORTAL.example.com.:8444")]
    [InlineData("https://192.0.2.1", "https://192.0.2.1:8444")]
    [InlineData("https://[2001:db8::1]", "https://[2001:db8::1]:8444")]
    public void A_gateway_on_the_portals_name_is_refused_whatever_its_port(string portal, string gateway) =>
        Assert.Contains("name of its own", SiteNames.Conflict(portal, gateway, null), StringComparison.Ordinal);

    [Theory]
    [InlineData("https://portal.example.com", "https://web.example.com")]
    [InlineData("https://portal.example.com", "https://example.com")]
    [InlineData("https://portal.example.com", "https://portal.example.com:8444")]
    [InlineData("https://portal.example.com", "https://hmi.portal.example.com")]
    [InlineData("https://portal.plant.example.com", "https://web.example.com")]
    [InlineData("https://example.com", "https://web.example.com")]
    [InlineData("https://portal.firm.co.uk", "https://hmi.firm.co.uk")]
    [InlineData("https://portal.sap.de", "https://hmi.sap.de")]
    public void Web_HMIs_of_the_portals_site_are_refused(string portal, string web) =>
        Assert.Contains("registered apart", SiteNames.Conflict(portal, "https://gateway.elsewhere.example", web), StringComparison.Ordinal);
}
