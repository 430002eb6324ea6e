using System.Text;
using Sallyport.Gateway.Web;
using Sallyport.Gateway.Web.Trace;

namespace Sallyport.Gateway.Tests.Web.Trace;

public sealed class SecretMaskTests
{
    private static readonly SecretMask Mask = new(new WebPolicy().SecretFields);

    [Theory]
    [InlineData("application/x-www-form-urlencoded", "user=a&password=hunter2&x=1", "user=a&password=***&x=1")]
    [InlineData("application/x-www-form-urlencoded", "login%5BPassWord%5D=hunter2", "login%5BPassWord%5D=***")]
    [InlineData("application/x-www-form-urlencoded; charset=utf-8", "form.new-password=hunter2", "form.new-password=***")]
    [InlineData("application/json", "{\"user\":\"a\",\"password\":\"hunter2\",\"n\":1.50}", "{\"user\":\"a\",\"password\":\"***\",\"n\":1.50}")]
    [InlineData("application/json", "{\"a\":[{\"token\":{\"deep\":\"hunter2\"}},true,null]}", "{\"a\":[{\"token\":\"***\"},true,null]}")]
    [InlineData("application/vnd.api+json", "{\"pwd\":\"hunter2\"}", "{\"pwd\":\"***\"}")]
    [InlineData("text/plain", "{\"pin\":\"hunter2\"}", "{\"pin\":\"***\"}")]
    [InlineData("application/json", "{ \"setpoint\" : 88 }", "{ \"setpoint\" : 88 }")]
    [InlineData("multipart/form-data; boundary=X", "--X\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\na\r\n--X\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\n--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"r.bin\"\r\n\r\n12345\r\n--X--\r\n", "user=a\npassword=***\nf=[file r.bin, 5 bytes]\n")]
    public void Secret_fields_are_masked_wherever_they_are(string type, string body, string expected)
    {
        var recorded = Record(type, body);
        Assert.Equal(expected, recorded.Text);
        Assert.Equal(expected.Contains("***", StringComparison.Ordinal), recorded.Sha256 is null);
    }

    [Theory]
    [InlineData("application/json", "{\"password\":\"hunter2\"")]
    [InlineData("application/json", "password: hunter2")]
    [InlineData("text/xml", "<login><password>hunter2</password></login>")]
    [InlineData("application/soap+xml", "<a passwd=\"hunter2\"/>")]
    [InlineData("multipart/form-data", "--X\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\n--X--")]
    [InlineData("multipart/form-data; boundary=X", "--X\r\nno head\r\n\r\nhunter2\r\n--X--")]
    [InlineData("", "pwd=hunter2")]
    public void What_may_hold_a_secret_and_cannot_be_read_is_not_kept(string type, string body)
    {
        var recorded = Record(type, body);
        Assert.DoesNotContain("hunter2", recorded.Text ?? "", StringComparison.Ordinal);
        Assert.Null(recorded.Base64);
        Assert.Null(recorded.Sha256);
    }

    [Theory]
    [InlineData("{\"a\":1,\"password\":\"hunter2\",\"b\":2}")]
    [InlineData("{\"a\":\"hunter\",\"b\":\"xxxxxxxxxxxxxxxxxxxxxxxxx\"}")]
    public void What_is_cut_off_is_masked_as_far_as_it_goes(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        for (var length = 1; length < bytes.Length; length++)
        {
            var recorded = Mask.Body("application/json", false, bytes.AsSpan(0, length), bytes.Length, "hash");
            Assert.DoesNotContain("hunter2", recorded.Text ?? "", StringComparison.Ordinal);
            Assert.True(recorded.Truncated);
        }
    }

    [Fact]
    public void Compressed_bodies_are_not_kept() => Assert.NotNull(Mask.Body("application/json", true, "{}"u8, 2, "hash").Omitted);

    [Fact]
    public void Other_bytes_are_kept_as_they_are()
    {
        var recorded = Mask.Body("application/octet-stream", false, [0, 1, 255], 3, "hash");
        Assert.Equal(("AAH/", "hash"), (recorded.Base64, recorded.Sha256));
    }

    [Fact]
    public void A_query_is_masked_too() => Assert.Equal("/login?user=a&pwd=***", Mask.Path("/login?user=a&pwd=hunter2"));

    private static Sallyport.Recording.HttpBody Record(string type, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return Mask.Body(type, false, bytes, bytes.Length, "hash");
    }
}
