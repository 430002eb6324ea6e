using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Tests.Web.Support;
using Sallyport.Gateway.Web;

namespace Sallyport.Gateway.Tests.Web;

/// <summary>What the portal says of a web service, as the session knows it.</summary>
public sealed class WebServiceTests
{
    [Fact]
    public void An_asset_is_told_its_own_address_and_not_the_one_that_it_is_reached_at()
    {
        var service = WebService.Of(Order(new WebSettings { Tls = true, Aliases = ["station.plant"] }));
        Assert.Equal(("100.64.0.40", "192.168.10.40", true), (service.Address, service.Host, service.Tls));
        Assert.Equal(["192.168.10.40", "station.plant"], service.Aliases);
        Assert.Equal("station", WebService.Of(Order(new WebSettings { Host = "station" })).Host);
    }

    [Fact]
    public void Read_only_is_neither_changing_methods_nor_sockets()
    {
        var policy = WebService.Of(Order(new WebSettings { ReadOnly = true, SecretFields = ["supervisor"] })).Policy;
        Assert.Equal((false, true, false), (policy.Allows("POST"), policy.Allows("GET"), policy.AllowWebSockets));
        Assert.Contains("password", policy.SecretFields);
        Assert.Contains("supervisor", policy.SecretFields);
    }

    [Fact]
    public void Sockets_and_rewriting_are_on_until_a_service_switches_them_off()
    {
        var safe = WebService.Of(Order(new WebSettings())).Policy;
        var off = WebService.Of(Order(new WebSettings { AllowWebSockets = false, RewriteBodies = false, PageCookies = ["lang"] })).Policy;
        Assert.Equal((true, true), (safe.AllowWebSockets, safe.RewriteBodies));
        Assert.Equal((false, false), (off.AllowWebSockets, off.RewriteBodies));
        Assert.Equal(["lang"], off.PageCookies);

        // Services that were stored before there was such a setting.
        var stored = System.Text.Json.JsonSerializer.Deserialize<WebSettings>("""{"tls":true}""", LinkJson.Options)!;
        Assert.Equal((true, true), (stored.AllowWebSockets, stored.RewriteBodies));
    }

    [Fact]
    public void The_credential_goes_where_the_service_says()
    {
        Assert.Null(WebService.Of(Order(new WebSettings())).Credential);
        Assert.Equal(new WebCredential.Basic("operator", "secret"), WebService.Of(Order(new WebSettings { SignIn = WebSignIn.Basic })).Credential);
        Assert.Equal(new WebCredential.Digest("operator", "secret"), WebService.Of(Order(new WebSettings { SignIn = WebSignIn.Digest })).Credential);
        Assert.Equal(new WebCredential.Header("X-Key", "secret"), WebService.Of(Order(new WebSettings { SignIn = WebSignIn.Header, HeaderName = "X-Key" })).Credential);
        var recipe = new WebFormRecipe("/login", "name", "password", "/", false, "STATION");
        Assert.Equal(new WebCredential.Form("operator", "secret", recipe), WebService.Of(Order(new WebSettings { SignIn = WebSignIn.Form, Form = recipe })).Credential);
    }

    [Fact]
    public void A_service_without_settings_is_plain_http_with_every_default()
    {
        var service = WebService.Of(Order(null));
        Assert.Equal((false, "/"), (service.Tls, service.Policy.StartPath));
        service.Policy.Validated();
    }

    private static SessionSpec Order(WebSettings? web) => WebGateway.Order(443).Order with
    {
        Address = "100.64.0.40",
        LanAddress = "192.168.10.40",
        Credential = new AssetCredential("operator", "secret", null),
        Web = web,
    };
}
