using Sallyport.Gateway.Web.Asset;

namespace Sallyport.Gateway.Tests.Web.Asset;

public sealed class AssetCookieTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("a=b", "/dir/page", "a", "b", "/dir", false)]
    [InlineData("a=b=c; HttpOnly; Path=/x; Domain=other; SameSite=None; Secure", "/", "a", "b=c", "/x", true)]
    [InlineData(" a = b ;path=relative", "/page", "a", "b", "/", false)]
    [InlineData("a=", "/", "a", "", "/", false)]
    public void Is_read_as_browsers_read_it(string header, string requestPath, string name, string value, string path, bool httpOnly)
    {
        var cookie = AssetCookie.Parse(header, requestPath, Now);
        Assert.Equal(new AssetCookie(name, value, path, null, httpOnly), cookie);
    }

    [Theory]
    [InlineData("")]
    [InlineData("novalue")]
    [InlineData("=b")]
    [InlineData("a=b\u0001")]
    [InlineData("; Path=/")]
    public void Is_ignored_when_it_is_none(string header) => Assert.Null(AssetCookie.Parse(header, "/", Now));

    [Theory]
    [InlineData("a=b; Max-Age=60", "2026-01-01T00:01:00Z")]
    [InlineData("a=b; Expires=Thu, 01 Jan 2026 01:00:00 GMT; Max-Age=60", "2026-01-01T00:01:00Z")]
    [InlineData("a=b; Expires=Thu, 01-Jan-2026 01:00:00 GMT", "2026-01-01T01:00:00Z")]
    public void Lives_as_long_as_it_says(string header, string until) =>
        Assert.Equal(DateTimeOffset.Parse(until), AssetCookie.Parse(header, "/", Now)!.Expires);

    [Theory]
    [InlineData("/", "/anything", true)]
    [InlineData("/a", "/a", true)]
    [InlineData("/a", "/a/b", true)]
    [InlineData("/a", "/ab", false)]
    [InlineData("/a/", "/a", false)]
    public void Goes_to_its_path_and_below(string path, string request, bool expected) =>
        Assert.Equal(expected, new AssetCookie("a", "b", path, null, false).Matches(request));
}
