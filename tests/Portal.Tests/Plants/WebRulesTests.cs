using Sallyport.Contracts;
using Sallyport.Portal.Plants;

namespace Sallyport.Portal.Tests.Plants;

public sealed class WebRulesTests
{
    private static readonly WebFormRecipe Recipe = new("/login", "name", "password", "/login", false, "STATION");

    public static TheoryData<WebSettings> Right =>
    [
        new WebSettings(),
        new WebSettings { Tls = true, LegacyTls = true, Host = "station.plant", Aliases = ["10.0.0.7", "fe80::1"] },
        new WebSettings { StartPath = "/visu/start.htm?lang=de", PathPrefixes = ["/visu", "/api/"] },
        new WebSettings { SignIn = WebSignIn.Header, HeaderName = "X-Api-Key" },
        new WebSettings { SignIn = WebSignIn.Form, Form = Recipe },
        new WebSettings { SecretFields = ["supervisor code"], PageCookies = ["*"] },
    ];

    public static TheoryData<WebSettings, string> Wrong => new()
    {
        { new WebSettings { StartPath = "start.htm" }, "Paths begin with one slash" },
        { new WebSettings { StartPath = "//elsewhere.example" }, "Paths begin with one slash" },
        { new WebSettings { PathPrefixes = [] }, "Paths begin with one slash" },
        { new WebSettings { StartPath = "/visual", PathPrefixes = ["/visu"] }, "start page must be among" },
        { new WebSettings { LegacyTls = true }, "switch HTTPS on too" },
        { new WebSettings { MaxRequestBytes = 0 }, "at most 4 GiB" },
        { new WebSettings { Host = "http://station" }, "without http://" },
        { new WebSettings { Aliases = ["station:8080"] }, "without http://" },
        { new WebSettings { SecretFields = [.. Enumerable.Range(0, 51).Select(i => $"field{i}")] }, "there can be 50" },
        { new WebSettings { SignIn = WebSignIn.Header }, "name of the header" },
        { new WebSettings { SignIn = WebSignIn.Header, HeaderName = "X-Key\r\nHost" }, "name of the header" },
        { new WebSettings { SignIn = WebSignIn.Header, HeaderName = "cookie" }, "name of the header" },
        { new WebSettings { SignIn = WebSignIn.Form }, "form's address" },
        { new WebSettings { SignIn = WebSignIn.Form, Form = Recipe with { Action = "https://elsewhere.example/" } }, "needs its address as a path" },
        { new WebSettings { SignIn = WebSignIn.Form, Form = Recipe with { PasswordField = "" } }, "name of its password field" },
    };

    [Theory]
    [MemberData(nameof(Right))]
    public void What_makes_sense_is_taken(WebSettings web) => Assert.Null(WebRules.Fault(web));

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_makes_none_is_refused_with_what_to_do(WebSettings web, string expected) => Assert.Contains(expected, WebRules.Fault(web), StringComparison.Ordinal);
}
