using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>A provider that is away or answers nonsense: the person gets a sentence, nobody gets in, and the provider is left in peace.</summary>
[Collection(PostgresCollection.Name)]
public sealed class FaultyProviderTests(HostilePortal hostile) : IClassFixture<HostilePortal>
{
    private const string Discovery = "/.well-known/openid-configuration";

    private static readonly Dictionary<string, Func<HostileProvider, IResult>> Nonsense = new()
    {
        ["an error"] = _ => Results.StatusCode(500),
        ["nothing"] = _ => Results.Text(""),
        ["no JSON"] = _ => Results.Text("<html>Welcome!</html>"),
        ["null"] = _ => HostileProvider.Json(null),
        ["a list"] = _ => HostileProvider.Json(new JsonArray()),
        ["an empty object"] = _ => HostileProvider.Json(new JsonObject()),
        ["too much"] = _ => Results.Text($"\"{new string(' ', 300 * 1024)}\""),
        ["a redirect"] = p => Results.Redirect($"{p.Url}/elsewhere"),
        ["a redirect that keeps the form"] = p => Results.Redirect($"{p.Url}/elsewhere", permanent: false, preserveMethod: true),
        ["half a character"] = _ => Results.Text("""{"issuer":"\ud800","keys":"\ud800","id_token":"\ud800"}"""),
    };

    private static readonly Dictionary<string, (string Member, JsonNode? Value)> DiscoveryFaults = new()
    {
        ["no issuer"] = ("issuer", null),
        ["an issuer that is no text"] = ("issuer", 7),
        ["another issuer"] = ("issuer", "https://other.example"),
        ["no authorization endpoint"] = ("authorization_endpoint", null),
        ["a script for an authorization endpoint"] = ("authorization_endpoint", "javascript:alert(1)"),
        ["a token endpoint in the open"] = ("token_endpoint", "http://other.example/token"),
        ["a token endpoint that is no address"] = ("token_endpoint", "/token"),
        ["keys from a file"] = ("jwks_uri", "file:///etc/passwd"),
        ["keys from a list"] = ("jwks_uri", new JsonArray("https://other.example")),
        ["user info in the open"] = ("userinfo_endpoint", "http://other.example/userinfo"),
        ["a sign-out in the open"] = ("end_session_endpoint", "http://other.example/out"),
        ["pushed requests in the open"] = ("pushed_authorization_request_endpoint", "http://other.example/par"),
        ["pushed requests that it needs and takes nowhere"] = ("require_pushed_authorization_requests", true),
    };

    public static TheoryData<string> NonsenseNames { get; } = [.. Nonsense.Keys];

    public static TheoryData<string> DiscoveryFaultNames { get; } = [.. DiscoveryFaults.Keys];

    [Theory]
    [MemberData(nameof(NonsenseNames))]
    public async Task Nonsense_for_metadata_is_told_to_the_person(string name)
    {
        hostile.Forget();
        hostile.Provider.Instead[Discovery] = _ => Nonsense[name](hostile.Provider);
        Assert.Equal(("/sign-in-refused?why=provider", false), await hostile.SignInAsync());
        Assert.DoesNotContain("/elsewhere", hostile.Provider.Asked);
    }

    [Theory]
    [MemberData(nameof(DiscoveryFaultNames))]
    public async Task Metadata_that_does_not_say_what_it_must_is_told_to_the_person(string name)
    {
        hostile.Forget();
        hostile.Provider.Instead[Discovery] = _ =>
        {
            var document = hostile.Provider.Discovery();
            document[DiscoveryFaults[name].Member] = DiscoveryFaults[name].Value?.DeepClone();
            return HostileProvider.Json(document);
        };
        Assert.Equal(("/sign-in-refused?why=provider", false), await hostile.SignInAsync());
    }

    [Theory]
    [MemberData(nameof(NonsenseNames))]
    public async Task Nonsense_for_keys_is_told_to_the_person(string name)
    {
        hostile.Forget();
        hostile.Provider.Instead["/jwks"] = _ => Nonsense[name](hostile.Provider);
        Assert.Equal(("/sign-in-refused?why=provider", false), await hostile.SignInAsync());
    }

    [Theory]
    [MemberData(nameof(NonsenseNames))]
    public async Task Nonsense_for_a_pushed_request_is_told_to_the_person(string name)
    {
        hostile.Forget();
        hostile.Provider.Instead[Discovery] = _ =>
        {
            var document = hostile.Provider.Discovery();
            document["pushed_authorization_request_endpoint"] = $"{hostile.Provider.Url}/par";
            return HostileProvider.Json(document);
        };
        hostile.Provider.Instead["/par"] = _ => Nonsense[name](hostile.Provider);
        Assert.Equal(("/sign-in-refused?why=provider", false), await hostile.SignInAsync());
        Assert.Contains("/par", hostile.Provider.Asked);
        Assert.DoesNotContain("/elsewhere", hostile.Provider.Asked);
    }

    [Theory]
    [MemberData(nameof(NonsenseNames))]
    public async Task Nonsense_for_tokens_gets_nobody_in(string name)
    {
        hostile.Forget();
        hostile.Provider.Instead["/token"] = _ => Nonsense[name](hostile.Provider);
        var (end, signedIn) = await hostile.SignInAsync();

        Assert.StartsWith("/sign-in-refused?why=", end, StringComparison.Ordinal);
        Assert.False(signedIn);
        Assert.DoesNotContain("/elsewhere", hostile.Provider.Asked);
    }

    [Theory]
    [InlineData("not a token")]
    [InlineData("a.b.c")]
    [InlineData("e30.e30.")]
    [InlineData("W10.W10.AA")]
    [InlineData("bnVsbA.bnVsbA.AA")]
    [InlineData("...")]
    [InlineData("")]
    public async Task Text_that_is_no_token_gets_nobody_in(string token)
    {
        hostile.Forget();
        hostile.Provider.Instead["/token"] = _ => HostileProvider.Json(new JsonObject { ["id_token"] = token });
        Assert.Equal(("/sign-in-refused?why=failed", false), await hostile.SignInAsync());
    }

    [Theory]
    [MemberData(nameof(NonsenseNames))]
    public async Task Nonsense_for_user_info_gives_no_role(string name)
    {
        hostile.Forget();
        WithoutRoles("newcomer of " + name);
        hostile.Provider.Instead["/userinfo"] = _ => Nonsense[name](hostile.Provider);
        Assert.Equal(("/sign-in-refused?why=provider", false), await hostile.SignInAsync());
    }

    [Fact]
    public async Task User_info_of_somebody_else_gives_no_role()
    {
        hostile.Forget();
        WithoutRoles("somebody without a role");
        Assert.Equal(("/sign-in-refused?why=provider", false), await hostile.SignInAsync());
        Assert.Contains("/userinfo", hostile.Provider.Asked);
    }

    [Fact]
    public async Task Groups_that_are_too_many_to_be_listed_are_not_taken_for_none()
    {
        const string roles = "select count(*) from people where subject = 'in many groups' and roles = '{Technician}'";
        hostile.Forget();
        hostile.Provider.Alter = (_, claims) => claims["sub"] = "in many groups";
        Assert.True((await hostile.SignInAsync()).SignedIn);

        foreach (var subject in new[] { "in many groups", "new, and in many groups" })
        {
            hostile.Provider.Alter = (_, claims) =>
            {
                claims["sub"] = subject;
                claims.Remove("roles");
                claims["_claim_names"] = new JsonObject { ["roles"] = "src1" };
            };
            hostile.Provider.Instead["/userinfo"] = _ => HostileProvider.Json(new JsonObject { ["sub"] = subject });
            Assert.Equal(("/sign-in-refused?why=overage", false), await hostile.SignInAsync());
        }

        Assert.Equal(1, await hostile.Portal.CountAsync(roles));
        Assert.Equal(1, await hostile.Portal.CountAsync("select count(*) from sign_ins s join people p on p.id = s.user_id where p.subject = 'in many groups' and s.ended_at is null"));
    }

    [Fact]
    public async Task One_key_that_is_none_does_not_spoil_the_others()
    {
        hostile.Forget();
        hostile.Provider.Instead["/jwks"] = _ => HostileProvider.Json(new JsonObject
        {
            ["keys"] = new JsonArray(new JsonObject(), new JsonObject { ["kty"] = "a new kind", ["kid"] = "new" }, new JsonObject { ["kty"] = "RSA", ["kid"] = "empty" }, hostile.Provider.Key()),
        });
        Assert.True((await hostile.SignInAsync()).SignedIn);
    }

    [Fact]
    public async Task A_provider_that_is_down_is_asked_every_ten_seconds_at_most_and_believed_when_it_is_back()
    {
        hostile.Forget();
        hostile.Provider.Instead[Discovery] = _ => Results.StatusCode(503);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("/sign-in-refused?why=provider", (await hostile.SignInAsync()).End);
        }

        Assert.Single(hostile.Provider.Asked);
        hostile.Provider.Instead.Clear();
        Assert.False((await hostile.SignInAsync()).SignedIn);
        hostile.Time.Ahead += TimeSpan.FromSeconds(10);
        Assert.True((await hostile.SignInAsync()).SignedIn);
    }

    [Fact]
    public async Task A_browser_that_goes_away_does_not_make_the_provider_seem_down()
    {
        hostile.Forget();
        using var asked = new SemaphoreSlim(0);
        using var gone = new CancellationTokenSource();
        hostile.Provider.Instead[Discovery] = _ => new Never(asked);
        using var browser = hostile.Portal.NewBrowser();
        var waiting = browser.Http.GetAsync("/sign-in", gone.Token);
        await asked.WaitAsync(TimeSpan.FromSeconds(30));
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        hostile.Provider.Instead.Clear();
        Assert.True((await hostile.SignInAsync()).SignedIn);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("https://other.example", true)]
    [InlineData("https://other.example", false)]
    public async Task An_answer_must_name_the_provider_that_says_it_does_and_no_other(string? issuer, bool saysSo)
    {
        hostile.Forget();
        hostile.Provider.Instead[Discovery] = _ =>
        {
            var document = hostile.Provider.Discovery();
            document["authorization_response_iss_parameter_supported"] = saysSo;
            return HostileProvider.Json(document);
        };
        hostile.Provider.Instead["/authorize"] = http => Results.Redirect($"{http.Request.Query["redirect_uri"]}?code=x&state={http.Request.Query["state"]}{(issuer is null ? "" : $"&iss={Uri.EscapeDataString(issuer)}")}");

        Assert.Equal(("/sign-in-refused?why=failed", false), await hostile.SignInAsync());
        Assert.DoesNotContain("/token", hostile.Provider.Asked);
    }

    private void WithoutRoles(string subject) => hostile.Provider.Alter = (_, claims) =>
    {
        claims["sub"] = subject;
        claims.Remove("roles");
    };

    private sealed class Never(SemaphoreSlim asked) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            asked.Release();
            return Task.Delay(Timeout.Infinite, httpContext.RequestAborted);
        }
    }
}
