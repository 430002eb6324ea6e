using System.Net;
using System.Text;
using Sallyport.Contracts;
using Sallyport.Gateway.Web.Asset;
using Sallyport.Gateway.Web.Forwarding;

namespace Sallyport.Gateway.Tests.Web.Forwarding;

public sealed class BodyRewriterTests
{
    private static readonly Guid Session = Guid.Parse("0123456789abcdef0123456789abcdef");
    private static readonly WebOrigins Origins = new(new Uri("https://web.example.com"));
    private const string Ours = "https://0123456789abcdef0123456789abcdef.web.example.com";
    private const string OurSocket = "wss://0123456789abcdef0123456789abcdef.web.example.com";
    private const string OurHost = "0123456789abcdef0123456789abcdef.web.example.com";

    [Theory]
    [InlineData("<a href=\"http://192.168.0.10/x\">", "<a href=\"" + Ours + "/x\">")]
    [InlineData("HTTP://192.168.0.10/x", Ours + "/x")]
    [InlineData("http://192.168.0.10:80/x", Ours + "/x")]
    [InlineData("ws://panel-7/live", OurSocket + "/live")]
    [InlineData("src=//panel-7/a.js", "src=//" + OurHost + "/a.js")]
    [InlineData("{\"a\":\"http:\\/\\/panel-7\\/x\"}", "{\"a\":\"https:\\/\\/" + OurHost + "\\/x\"}")]
    [InlineData("?back=http%3A%2F%2Fpanel-7%2Fx", "?back=https%3A%2F%2F" + OurHost + "%2Fx")]
    [InlineData("http://panel-7", Ours)]
    [InlineData("http://192.168.0.100/x", "http://192.168.0.100/x")] // another host
    [InlineData("http://panel-77/x", "http://panel-77/x")]
    [InlineData("http://panel-7.other/x", "http://panel-7.other/x")]
    [InlineData("http://panel-7:8080/x", "http://panel-7:8080/x")] // another port is another service
    [InlineData("http%3A%2F%2Fpanel-7%3A8080", "http%3A%2F%2Fpanel-7%3A8080")]
    [InlineData("https://panel-7/x", "https://" + OurHost + "/x")] // its scheme is not the service's, but // is: the frame stays
    [InlineData("panel-7 is a panel", "panel-7 is a panel")]
    [InlineData("käse ÿ http://panel-7/ü", "käse ÿ " + Ours + "/ü")]
    public void Spellings_of_the_assets_own_origin_become_the_sessions(string text, string expected)
    {
        var own = new AssetUrlMapper(new WebTarget(new IPEndPoint(IPAddress.Parse("192.168.0.10"), 80), false, "192.168.0.10", ["panel-7"], null, false), Origins, Session);

        // However the bytes are cut.
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var size = 1; size <= bytes.Length; size++)
        {
            var rewriter = new BodyRewriter(own.Rules);
            var output = new MemoryStream();
            foreach (var chunk in bytes.Chunk(size))
            {
                output.Write(rewriter.Rewrite(chunk).Span);
            }

            output.Write(rewriter.FinishBytes());
            Assert.Equal(expected, Encoding.UTF8.GetString(output.ToArray()));
        }
    }

    [Theory]
    [InlineData("https://10.0.0.5:8443/x", Ours + "/x")]
    [InlineData("http://10.0.0.5:8443/x", Ours + "/x")]
    [InlineData("wss://10.0.0.5:8443/x", OurSocket + "/x")]
    [InlineData("https://10.0.0.5/x", "https://10.0.0.5/x")]
    public void At_a_port_of_its_own_only_that_port_is_the_asset(string text, string expected)
    {
        var own = new AssetUrlMapper(new WebTarget(new IPEndPoint(IPAddress.Parse("10.0.0.5"), 8443), true, "10.0.0.5", [], null, false), Origins, Session);
        Assert.Equal(expected, own.InHeader(text));
    }

    [Fact]
    public void An_event_is_not_held_back_for_a_word_that_may_come()
    {
        var own = new AssetUrlMapper(new WebTarget(new IPEndPoint(IPAddress.Parse("10.0.0.5"), 80), false, "10.0.0.5", [], null, false), Origins, Session);
        Assert.Equal("data: 5\n\n", new BodyRewriter(own.Rules).Rewrite("data: 5\n\n"));
    }
}
