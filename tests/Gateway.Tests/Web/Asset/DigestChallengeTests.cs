using System.Net.Http.Headers;
using Sallyport.Gateway.Web;
using Sallyport.Gateway.Web.Asset;

namespace Sallyport.Gateway.Tests.Web.Asset;

public sealed class DigestChallengeTests
{
    // RFC 2069's own example has no client's nonce, so its answer is known (as corrected by erratum 749).
    [Fact]
    public void The_answer_is_the_standards()
    {
        var challenge = DigestChallenge.Best([AuthenticationHeaderValue.Parse("Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"")])!;
        var answer = HttpParameters.Parse(challenge.Answer(new WebCredential.Digest("Mufasa", "CircleOfLife"), "GET", "/dir/index.html"));
        Assert.Equal("1949323746fe6a43ef61f9606e7febea", answer["response"]);
        Assert.Equal("5ccc069c403ebaf9f0171e9517f40e41", answer["opaque"]);
    }

    [Fact]
    public void The_stronger_challenge_is_answered()
    {
        var challenge = DigestChallenge.Best([
            AuthenticationHeaderValue.Parse("Digest realm=\"a\", nonce=\"1\", qop=\"auth\", algorithm=MD5"),
            AuthenticationHeaderValue.Parse("Digest realm=\"a\", nonce=\"2\", qop=\"auth,auth-int\", algorithm=SHA-256"),
            AuthenticationHeaderValue.Parse("Digest realm=\"a\", nonce=\"3\", qop=\"auth\", algorithm=SHA-512-256")]);
        Assert.Equal("2", challenge?.Nonce);
    }

    [Theory]
    [InlineData("Basic realm=\"a\"")]
    [InlineData("Digest realm=\"a\"")]
    [InlineData("Digest realm=\"a\", nonce=\"1\", qop=\"auth-int\"")]
    public void What_cannot_be_answered_is_not(string header) => Assert.Null(DigestChallenge.Best([AuthenticationHeaderValue.Parse(header)]));

    [Theory]
    [InlineData("a=1, b=\"x, \\\"y\\\"\" , c = 3", "1|x, \"y\"|3")]
    [InlineData("a=\"unclosed", "unclosed")]
    [InlineData("nothing", "")]
    [InlineData("a=1,a=2", "1")]
    public void Parameters_are_read_as_far_as_they_can_be(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', HttpParameters.Parse(text).Values));
}
