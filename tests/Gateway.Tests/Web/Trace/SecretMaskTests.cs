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

    [Theory]
    [InlineData("password")]
    [InlineData("j_password")]
    [InlineData("userPassword")]
    [InlineData("user_password")]
    [InlineData("USERPASSWORD2")]
    [InlineData("ctl00$Main$txtPwd")]
    [InlineData("userpwd")]
    [InlineData("pwdNew")]
    [InlineData("Passwort")]
    [InlineData("neues_Kennwort")]
    [InlineData("pass_word")]
    [InlineData("user[pass]")]
    [InlineData("user[pin][0]")]
    [InlineData("opPin")]
    [InlineData("PINCode")]
    [InlineData("pin2")]
    [InlineData("pinConfirm")]
    [InlineData("form:login:pw")]
    [InlineData("X-Api-Key")]
    [InlineData("authtoken")]
    [InlineData("csrf-token")]
    [InlineData("clientSecret")]
    [InlineData("mot_de_passe")]
    [InlineData("contraseña")]
    [InlineData("supervisor code")]
    [InlineData("valveSupervisorCode")]
    public void Names_of_secrets_are_known_in_every_spelling(string name)
    {
        var mask = new SecretMask([.. new WebPolicy().SecretFields, "Supervisor-Code"]);
        foreach (var (type, body) in new[] { ("application/json", $"{{\"{name}\":\"hunter2\"}}"), ("application/x-www-form-urlencoded", $"{name}=hunter2"), ("multipart/form-data; boundary=X", $"--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\nhunter2\r\n--X--\r\n") })
        {
            var bytes = Encoding.UTF8.GetBytes(body);
            var recorded = mask.Body(type, false, bytes, bytes.Length, "hash");
            Assert.Contains("***", recorded.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("hunter2", recorded.Text, StringComparison.Ordinal);
            Assert.Null(recorded.Sha256);
        }
    }

    [Theory]
    [InlineData("setpoint")]
    [InlineData("setPoint")]
    [InlineData("pinned")]
    [InlineData("pint")]
    [InlineData("pints")]
    [InlineData("pinion_speed")]
    [InlineData("spin")]
    [InlineData("spindleSpeed")]
    [InlineData("opinion")]
    [InlineData("tokens-per-second")]
    [InlineData("tokenCount")]
    [InlineData("bypass")]
    [InlineData("bypassValve")]
    [InlineData("lowPassFrequency")]
    [InlineData("passes")]
    [InlineData("passCount")]
    [InlineData("compass")]
    [InlineData("pwm")]
    [InlineData("PWR_kW")]
    [InlineData("pump_wd")]
    [InlineData("secReturnTemp")]
    [InlineData("sec_return_temp")]
    [InlineData("secondary")]
    [InlineData("author")]
    [InlineData("keypad")]
    [InlineData("pipe.inlet")]
    public void Process_values_are_kept(string name)
    {
        foreach (var (type, body) in new[] { ("application/json", $"{{\"{name}\":7.50,\"name\":\"{name}\",\"list\":[\"{name}\",8]}}"), ("application/x-www-form-urlencoded", $"{name}=7.50&name={name}"), ("text/plain", $"{name}: 7.50"), ("text/xml", $"<v name=\"{name}\"><{name}>7.50</{name}></v>") })
        {
            var recorded = Record(type, body);
            Assert.Equal((body, "hash"), (recorded.Text, recorded.Sha256));
        }

        Assert.Equal($"/{name}/set;{name}=1?{name}=7.50#{name}=1", Mask.Address($"/{name}/set;{name}=1?{name}=7.50#{name}=1"));
        Assert.NotNull(Mask.Body(null, false, [0, .. Encoding.UTF8.GetBytes(name), 0xA4, 0xFF], name.Length + 3, "hash").Base64);
    }

    [Theory]
    [InlineData("application/json", "[{\"name\":\"user\",\"value\":\"a\"},{\"name\":\"password\",\"value\":\"hunter2\"}]", "[{\"name\":\"user\",\"value\":\"a\"},{\"name\":\"password\",\"value\":\"***\"}]")]
    [InlineData("application/json", "{\"value\":{\"v\":[\"hunter2\"]},\"fieldName\":\"userPin\"}", "{\"value\":\"***\",\"fieldName\":\"userPin\"}")]
    [InlineData("application/json", "{\"op\":\"replace\",\"path\":\"/user/password\",\"value\":\"hunter2\"}", "{\"op\":\"***\",\"path\":\"/user/password\",\"value\":\"***\"}")]
    [InlineData("application/json", "[[\"user\",\"a\"],[\"password\",\"hunter2\"],[\"level\",3]]", "[[\"user\",\"a\"],[\"password\",\"***\"],[\"level\",3]]")]
    [InlineData("application/json", "{\"cmd\":\"{\\\"level\\\":3,\\\"password\\\":\\\"hunter2\\\"}\",\"n\":1}", "{\"cmd\":\"{\\\"level\\\":3,\\\"password\\\":\\\"***\\\"}\",\"n\":1}")]
    [InlineData("application/json", "{\"cmd\":\"login password=hunter2\",\"n\":1}", "{\"cmd\":\"***\",\"n\":1}")]
    [InlineData("application/json", "{\"p\\u0061ssword\":\"hunter2\"}", "{\"password\":\"***\"}")]
    [InlineData("application/x-www-form-urlencoded", "json=%7B%22level%22%3A3%2C%22password%22%3A%22hunter2%22%7D&a=1", "json=%7B%22level%22%3A3%2C%22password%22%3A%22%2A%2A%2A%22%7D&a=1")]
    [InlineData("application/x-www-form-urlencoded", "x=%3Cpassword%3Ehunter2%3C%2Fpassword%3E&a=1", "x=***&a=1")]
    [InlineData("application/x-www-form-urlencoded", "name=user.password&value=hunter2", "name=user.password&value=***")]
    [InlineData("application/x-www-form-urlencoded", "a=1;password=hunter2&b=2", "a=***&b=2")]
    [InlineData("application/x-www-form-urlencoded", "{\"password\":\"hun=ter2&hunter2\",\"a\":1}", "{\"password\":\"***\",\"a\":1}")]
    [InlineData("application/x-www-form-urlencoded", "<l><password>hun&hunter2</password></l>", "***")]
    [InlineData("multipart/form-data; boundary=X", "--X\r\nContent-Disposition: form-data; name=\"json\"\r\n\r\n{\"password\":\"hunter2\",\"a\":1}\r\n--X--\r\n", "json={\"password\":\"***\",\"a\":1}\n")]
    [InlineData("multipart/form-data; boundary=X", "--X\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\npin\r\n--X\r\nContent-Disposition: form-data; name=\"value\"\r\n\r\nhunter2\r\n--X--\r\n", "key=pin\nvalue=***\n")]
    public void Secrets_inside_of_other_values_are_masked(string type, string body, string expected)
    {
        var recorded = Record(type, body);
        Assert.Equal((expected, (string?)null), (recorded.Text, recorded.Sha256));
    }

    [Theory]
    [InlineData("/cb#access_token=hunter2&state=1", "/cb#access_token=***&state=1")]
    [InlineData("/cb?a=1#/route?token=hunter2", "/cb?a=1#/route?token=***")]
    [InlineData("/cb#/route?a=1", "/cb#/route?a=1")]
    [InlineData("5; url=/cb?access_token=hunter2", "5; url=/cb?access_token=***")]
    [InlineData("http://operator:hunter2@panel-7/x?a=@", "http://***@panel-7/x?a=@")]
    [InlineData("/start;jsessionid=hunter2/x?y=1", "/start;jsessionid=***/x?y=1")]
    [InlineData("/set?x=%7B%22pin%22%3A%22hunter2%22%7D", "/set?x=%7B%22pin%22%3A%22%2A%2A%2A%22%7D")]
    [InlineData("/login?password=hun;hunter2?hunter2", "/login?password=***")]
    [InlineData("/mail/a@b//c@d", "/mail/a@b//c@d")]
    public void Addresses_are_masked_wherever_they_can_hold_a_secret(string address, string expected) => Assert.Equal(expected, Mask.Address(address));

    [Theory]
    [InlineData("{\"user\":\"a\",\"password\":\"hunter2\"}")]
    [InlineData("\u0001\u0002password\u0007hunter2\u00ff")]
    [InlineData("\u00ff\u0000p\u0000a\u0000s\u0000s\u0000w\u0000o\u0000r\u0000d\u0000hunter2")]
    [InlineData("\u0082\u00a3pin\u00a7hunter2")] // MessagePack
    [InlineData("\u00a1hpasswordghunter2")] // CBOR
    [InlineData("\u0010\u0020\u0000\u0004MQTT\u0004\u00c2\u0000\u003c\u0000\u0001a\u0000\u0001a\u0000\u0007hunter2")]
    public void Bytes_that_may_hold_a_secret_are_not_kept(string latin1)
    {
        var bytes = Encoding.Latin1.GetBytes(latin1);
        var recorded = Mask.Body(null, false, bytes, bytes.Length, "hash");
        Assert.DoesNotContain("hunter2", recorded.Text ?? "", StringComparison.Ordinal);
        Assert.Equal((null, null), (recorded.Base64, recorded.Sha256));
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded", "a=1")]
    [InlineData("application/json", "{\"a\":1}")]
    [InlineData("multipart/form-data; boundary=X", "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1")]
    public void What_was_cut_off_cannot_be_guessed_by_a_hash(string type, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        Assert.Null(Mask.Body(type, false, bytes, bytes.Length + 4, "hash").Sha256);
        Assert.Null(Mask.Body(type, false, [], bytes.Length, "hash").Sha256);
    }

    // Without a time: what is not linear takes minutes here.
    [Theory]
    [InlineData("pin ")]
    [InlineData("password ")]
    [InlineData("content-disposition:")]
    [InlineData("Content-Disposition: form-data;;")]
    [InlineData("pin_")]
    [InlineData("{\"name\":[")]
    [InlineData("[\"pin\",")]
    [InlineData("=&pin;")]
    [InlineData("<a:pin")]
    [InlineData("\\\"{")]
    public void The_worst_bodies_are_masked_in_time(string part)
    {
        var bytes = Encoding.UTF8.GetBytes("--X\r\n" + string.Concat(Enumerable.Repeat(part, 256 * 1024 / part.Length)));
        foreach (var type in (string[])["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=X", "text/plain", ""])
        {
            Mask.Body(type, false, bytes, bytes.Length, "hash");
            Mask.Body(type, false, bytes.AsSpan(5), bytes.Length, "hash");
        }

        Mask.Address(Encoding.UTF8.GetString(bytes));
    }

    [Fact]
    public void A_query_is_masked_too() => Assert.Equal("/login?user=a&pwd=***", Mask.Address("/login?user=a&pwd=hunter2"));

    private static Sallyport.Recording.HttpBody Record(string type, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return Mask.Body(type, false, bytes, bytes.Length, "hash");
    }
}
