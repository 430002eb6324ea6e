using System.Net;
using System.Text.Json.Nodes;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>What a provider may end by OpenID Connect Back-Channel Logout 1.0, and who may not.</summary>
[Collection(PostgresCollection.Name)]
public sealed class BackChannelLogoutTests(HostilePortal hostile) : IClassFixture<HostilePortal>
{
    private static readonly Dictionary<string, Action<JsonObject, JsonObject>> Unbelievable = new()
    {
        ["no event"] = (_, c) => c.Remove("events"),
        ["another event"] = (_, c) => c["events"] = new JsonObject { ["http://schemas.openid.net/event/other"] = new JsonObject() },
        ["an event that is no object"] = (_, c) => c["events"] = new JsonObject { ["http://schemas.openid.net/event/backchannel-logout"] = true },
        ["events that are text"] = (_, c) => c["events"] = "http://schemas.openid.net/event/backchannel-logout",
        ["a nonce"] = (_, c) => c["nonce"] = "n",
        ["neither sub nor sid"] = (_, c) => c.Remove("sub"),
        ["sub is no text"] = (_, c) => c["sub"] = 7,
        ["no jti"] = (_, c) => c.Remove("jti"),
        ["jti is too long"] = (_, c) => c["jti"] = new string('x', 256),
        ["iss of another"] = (_, c) => c["iss"] = "https://other.example",
        ["aud of another"] = (_, c) => c["aud"] = "another application",
        ["expired"] = (_, c) => c["exp"] = (long)c["iat"]! - 61,
        ["no exp"] = (_, c) => c.Remove("exp"),
        ["exp in a year"] = (_, c) => c["exp"] = (long)c["iat"]! + 31_536_000,
        ["from the future"] = (_, c) => c["iat"] = (long)c["iat"]! + 120,
        ["no iat"] = (_, c) => c.Remove("iat"),
        ["typ of an access token"] = (h, _) => h["typ"] = "at+jwt",
        ["critical extension"] = (h, _) => h["crit"] = new JsonArray("b64"),
        ["alg none"] = (h, _) => h["alg"] = "none",
        ["HS256"] = (h, _) => h["alg"] = "HS256",
        ["unknown kid"] = (h, _) => h["kid"] = "another key",
    };

    public static TheoryData<string> UnbelievableNames { get; } = [.. Unbelievable.Keys];

    [Theory]
    [MemberData(nameof(UnbelievableNames))]
    public async Task A_logout_token_that_breaks_a_rule_ends_nothing(string name)
    {
        hostile.Forget();
        using var browser = await SignedInAsync("stays " + name);

        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(hostile.Provider.LogoutToken("stays " + name, Unbelievable[name])));

        Assert.Equal(HttpStatusCode.OK, (await browser.Http.GetAsync("/")).StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b.c")]
    [InlineData("e30.e30.")]
    [InlineData("W10.W10.AA")]
    [InlineData("not a token")]
    public async Task Text_that_is_no_token_is_refused(string token)
    {
        hostile.Forget();
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(token));
    }

    [Fact]
    public async Task Somebody_elses_signature_and_no_signature_end_nothing()
    {
        hostile.Forget();
        using var browser = await SignedInAsync("unsigned");
        hostile.Provider.Sign = _ => [];
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(hostile.Provider.LogoutToken("unsigned", (h, _) => h["alg"] = "none")));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(hostile.Provider.LogoutToken("unsigned")));
        hostile.Provider.Sign = bytes => bytes;
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(hostile.Provider.LogoutToken("unsigned")));
        Assert.Equal(HttpStatusCode.OK, (await browser.Http.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task An_ID_token_logs_nobody_out()
    {
        hostile.Forget();
        string? idToken = null;
        hostile.Provider.Sign = Keep(hostile.Provider.Sign);
        using var browser = await SignedInAsync("id-token");

        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(idToken!));
        Assert.Equal(HttpStatusCode.OK, (await browser.Http.GetAsync("/")).StatusCode);

        Func<byte[], byte[]> Keep(Func<byte[], byte[]> sign) => bytes =>
        {
            var signature = sign(bytes);
            idToken = $"{System.Text.Encoding.ASCII.GetString(bytes)}.{System.Buffers.Text.Base64Url.EncodeToString(signature)}";
            return signature;
        };
    }

    [Fact]
    public async Task A_subject_without_a_session_ends_all_that_they_have_here_and_nobody_elses()
    {
        hostile.Forget();
        using var first = await SignedInAsync("leaver");
        using var second = await SignedInAsync("leaver");
        using var other = await SignedInAsync("stayer");

        Assert.Equal(HttpStatusCode.OK, await PostAsync(hostile.Provider.LogoutToken("leaver")));

        Assert.Equal(HttpStatusCode.Found, (await first.Http.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.Found, (await second.Http.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await other.Http.GetAsync("/")).StatusCode);
        Assert.Equal(2, await hostile.Portal.CountAsync("select count(*) from audit.entries where action = 'sign-in.end' and body::jsonb ->> 'reason' = 'Signed out at the company''s provider.' and body::jsonb ->> 'subjectName' = 'leaver'"));
    }

    [Fact]
    public async Task A_session_ends_the_sign_ins_that_came_from_it()
    {
        hostile.Forget();
        using var desk = await SignedInAsync("two-places", "desk");
        using var phone = await SignedInAsync("two-places", "phone");

        Assert.Equal(HttpStatusCode.OK, await PostAsync(hostile.Provider.LogoutToken("two-places", (_, c) => c["sid"] = "desk")));
        Assert.Equal(HttpStatusCode.Found, (await desk.Http.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await phone.Http.GetAsync("/")).StatusCode);

        Assert.Equal(HttpStatusCode.OK, await PostAsync(hostile.Provider.LogoutToken("two-places", (_, c) => (c["sub"], c["sid"]) = (null, "phone"))));
        Assert.Equal(HttpStatusCode.Found, (await phone.Http.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task A_logout_token_is_taken_once()
    {
        hostile.Forget();
        var token = hostile.Provider.LogoutToken("again");
        using var first = await SignedInAsync("again");
        Assert.Equal(HttpStatusCode.OK, await PostAsync(token));

        using var second = await SignedInAsync("again");
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(token));
        Assert.Equal(HttpStatusCode.OK, (await second.Http.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task A_person_who_was_never_here_is_no_error()
    {
        hostile.Forget();
        Assert.Equal(HttpStatusCode.OK, await PostAsync(hostile.Provider.LogoutToken("never seen")));
    }

    private async Task<PortalBrowser> SignedInAsync(string subject, string? session = null)
    {
        hostile.Provider.Alter = (_, claims) =>
        {
            (claims["sub"], claims["name"]) = (subject, subject);
            if (session is not null)
            {
                claims["sid"] = session;
            }
        };
        var browser = hostile.Portal.NewBrowser();
        Assert.Equal(HttpStatusCode.OK, (await browser.OpenAsync("/sign-in")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.Http.GetAsync("/")).StatusCode);
        return browser;
    }

    private async Task<HttpStatusCode> PostAsync(string token)
    {
        using var http = new HttpClient { BaseAddress = new Uri(hostile.Portal.Url) };
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["logout_token"] = token });
        using var answer = await http.PostAsync("/back-channel-logout", form);
        Assert.Contains("no-store", answer.Headers.CacheControl?.ToString(), StringComparison.Ordinal);
        return answer.StatusCode;
    }
}
