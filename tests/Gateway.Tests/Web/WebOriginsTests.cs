using Sallyport.Contracts;

namespace Sallyport.Gateway.Tests.Web;

public sealed class WebOriginsTests
{
    private static readonly Guid Session = Guid.Parse("0123456789abcdef0123456789abcdef");

    [Theory]
    [InlineData("https://web.example.com", "https://0123456789abcdef0123456789abcdef.web.example.com", "https://0123456789abcdef0123456789abcdef-bar.web.example.com")]
    [InlineData("http://localhost:8081", "http://0123456789abcdef0123456789abcdef.localhost:8081", "http://bar.0123456789abcdef0123456789abcdef.localhost:8081")]
    public void Each_session_has_two_origins_of_its_own(string domain, string hmi, string bar)
    {
        var origins = new WebOrigins(new Uri(domain));
        Assert.Equal((hmi, bar), (origins.Hmi(Session), origins.Bar(Session)));
        Assert.True(origins.TryParse(new Uri(hmi).Host, out var id, out var kind));
        Assert.Equal((Session, WebHostKind.Hmi), (id, kind));
        Assert.True(origins.TryParse(new Uri(bar).Host.ToUpperInvariant(), out id, out kind));
        Assert.Equal((Session, WebHostKind.Bar), (id, kind));
    }

    [Theory]
    [InlineData("web.example.com")]
    [InlineData("0123456789abcdef0123456789abcdef.web.example.com.evil.example")]
    [InlineData("0123456789abcdef0123456789abcdef.web.example.com.")]
    [InlineData("0123456789abcdef0123456789abcdefweb.example.com")]
    [InlineData("x.0123456789abcdef0123456789abcdef.web.example.com")]
    [InlineData("bar.0123456789abcdef0123456789abcdef.web.example.com")]
    [InlineData("0123456789abcdef0123456789abcde.web.example.com")]
    [InlineData("0123456789abcdef0123456789abcdef-bar-bar.web.example.com")]
    [InlineData("+123456789abcdef0123456789abcdef.web.example.com")]
    [InlineData("")]
    public void Nothing_else_is_a_session(string host) => Assert.False(new WebOrigins(new Uri("https://web.example.com")).TryParse(host, out _, out _));
}
