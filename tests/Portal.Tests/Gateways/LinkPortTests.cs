using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Gateways;

/// <summary>A portal with two listeners, as deploy/up starts it: one for browsers, one for plants, gateways and hubs.</summary>
[Collection(PostgresCollection.Name)]
public sealed class LinkPortTests(LinkPortTests.PortalWithTwoPorts portal) : IClassFixture<LinkPortTests.PortalWithTwoPorts>
{
    [Theory]
    [InlineData("/")]
    [InlineData("/first-run")]
    [InlineData("/sign-in")]
    [InlineData("/openid/sign-in")]
    [InlineData("/openid/.well-known/openid-configuration")]
    [InlineData("/sign-in-refused")]
    [InlineData("/not-found")]
    [InlineData("/health")]
    [InlineData("/metrics")]
    [InlineData("/favicon.svg")]
    [InlineData("/_blazor/negotiate")]
    [InlineData("/no-such-page")]
    [InlineData("/link/../first-run")]
    [InlineData("/link/%2e%2e/first-run")]
    [InlineData("//link/../first-run")]
    public async Task What_browsers_need_is_not_there_for_plants(string path)
    {
        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            using var http = portal.NewLinkClient(version);

            // As it stands: the client must not tidy the path up.
            using var answer = await http.GetAsync(new Uri($"{portal.Link.GetLeftPart(UriPartial.Authority)}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
            Assert.Equal((HttpStatusCode.NotFound, "", version), (answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Version));
        }
    }

    [Theory]
    [InlineData("GET", "/enroll/script", HttpStatusCode.OK)]
    [InlineData("POST", "/enroll/plant", HttpStatusCode.Forbidden)]
    [InlineData("GET", "/link/hub/events", HttpStatusCode.Unauthorized)]
    [InlineData("GET", "/link/gateway/events", HttpStatusCode.Unauthorized)]
    public async Task What_plants_gateways_and_hubs_need_is_there_for_them_only(string method, string path, HttpStatusCode expected)
    {
        using var http1 = portal.NewLinkClient(HttpVersion.Version11);
        using var http2 = portal.NewLinkClient(HttpVersion.Version20);
        Assert.Equal((expected, expected), (await AskAsync(http1), await AskAsync(http2)));
        using var browser = portal.NewBrowser();
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(browser.Http));

        async Task<HttpStatusCode> AskAsync(HttpClient http)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Version = http.DefaultRequestVersion };
            request.Content = method == "POST" ? new FormUrlEncodedContent([KeyValuePair.Create("code", "unknown"), KeyValuePair.Create("public_key", Convert.ToBase64String(new byte[32]))]) : null;
            using var answer = await http.SendAsync(request);
            return answer.StatusCode;
        }
    }

    public sealed class PortalWithTwoPorts : PortalInstance
    {
        private readonly string _certificate = Path.GetTempFileName();
        private readonly string _thumbprint;

        public PortalWithTwoPorts(PostgresCluster cluster)
            : base(cluster)
        {
            using var certificate = SelfSigned.Create("link");
            File.WriteAllBytes(_certificate, certificate.Export(X509ContentType.Pkcs12));
            _thumbprint = certificate.Thumbprint;
            Settings = new() { ["Kestrel:Endpoints:Link:Url"] = "https://127.0.0.1:0", ["Kestrel:Endpoints:Link:Certificate:Path"] = _certificate };
        }

        public Uri Link => Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address)).Single(address => address.Scheme == "https");

        public HttpClient NewLinkClient(Version version) => new(new SocketsHttpHandler { AllowAutoRedirect = false, SslOptions = new() { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.GetCertHashString() == _thumbprint } })
        {
            BaseAddress = Link,
            DefaultRequestVersion = version,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        public override ValueTask DisposeAsync()
        {
            File.Delete(_certificate);
            return base.DisposeAsync();
        }
    }
}
