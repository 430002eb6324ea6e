using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>ID tokens that must not be believed (OpenID Connect Core 1.0, section 3.1.3.7), and some that must.</summary>
[Collection(PostgresCollection.Name)]
public sealed class IdTokenAttackTests(HostilePortal hostile) : IClassFixture<HostilePortal>
{
    private static readonly Dictionary<string, Action<HostileProvider>> Signatures = new()
    {
        ["alg none"] = p => (p.Alter, p.Sign) = ((h, _) => h["alg"] = "none", _ => []),
        ["alg None"] = p => (p.Alter, p.Sign) = ((h, _) => h["alg"] = "None", _ => []),
        ["no alg"] = p => p.Alter = (h, _) => h.Remove("alg"),
        ["alg is no text"] = p => p.Alter = (h, _) => h["alg"] = 256,
        ["HS256 with the public key"] = p => (p.Alter, p.Sign) = ((h, _) => h["alg"] = "HS256", bytes => HMACSHA256.HashData(Encoding.ASCII.GetBytes(p.PublicPem), bytes)),
        ["RS384"] = p => p.Alter = (h, _) => h["alg"] = "RS384",
        ["ES256 over an RSA key"] = p => p.Alter = (h, _) => h["alg"] = "ES256",
        ["critical extension"] = p => p.Alter = (h, _) => h["crit"] = new JsonArray("b64"),
        ["no signature"] = p => p.Sign = _ => [],
        ["signed by somebody else"] = p => p.Sign = SomebodyElse,
        ["signed by somebody else, whose key comes along"] = p => (p.Alter, p.Sign) = ((h, _) => h["jwk"] = p.Key("theirs"), SomebodyElse),
        ["unknown kid"] = p => p.Alter = (h, _) => h["kid"] = "another key",
        ["no kid, and two keys"] = p =>
        {
            p.Instead["/jwks"] = _ => HostileProvider.Json(new JsonObject { ["keys"] = new JsonArray(p.Key(), p.Key("another")) });
            p.Alter = (h, _) => h.Remove("kid");
        },
        ["a key for encryption"] = p => p.Instead["/jwks"] = _ => HostileProvider.Json(new JsonObject { ["keys"] = new JsonArray(With(p.Key(), "use", "enc")) }),
        ["a key of another algorithm"] = p => p.Instead["/jwks"] = _ => HostileProvider.Json(new JsonObject { ["keys"] = new JsonArray(With(p.Key(), "alg", "RS512")) }),
        ["a key that is none"] = p => p.Instead["/jwks"] = _ => HostileProvider.Json(new JsonObject { ["keys"] = new JsonArray(With(p.Key(), "n", "!!")) }),
    };

    private static readonly Dictionary<string, Action<JsonObject>> Claims = new()
    {
        ["iss of another"] = c => c["iss"] = "https://other.example",
        ["iss with a slash more"] = c => c["iss"] = $"{c["iss"]}/",
        ["no iss"] = c => c.Remove("iss"),
        ["aud of another"] = c => c["aud"] = "another application",
        ["aud among others, without azp"] = c => c["aud"] = new JsonArray("another application", HostileProvider.ClientId),
        ["azp of another"] = c => (c["aud"], c["azp"]) = (new JsonArray("another application", HostileProvider.ClientId), "another application"),
        ["azp is no text"] = c => c["azp"] = 1,
        ["aud is no text"] = c => c["aud"] = 1,
        ["no aud"] = c => c.Remove("aud"),
        ["nonce of another sign-in"] = c => c["nonce"] = "another",
        ["no nonce"] = c => c.Remove("nonce"),
        ["expired"] = c => c["exp"] = (long)c["iat"]! - 61,
        ["no exp"] = c => c.Remove("exp"),
        ["exp is text"] = c => c["exp"] = "9999999999",
        ["exp is out of range"] = c => c["exp"] = 1e300,
        ["from the future"] = c => c["iat"] = (long)c["iat"]! + 120,
        ["no iat"] = c => c.Remove("iat"),
        ["no sub"] = c => c.Remove("sub"),
        ["empty sub"] = c => c["sub"] = "",
        ["sub is no text"] = c => c["sub"] = 7,
        ["sub is too long"] = c => c["sub"] = new string('x', 256),
    };

    private static readonly Dictionary<string, Action<JsonObject>> Acceptable = new()
    {
        ["as it should be"] = _ => { },
        ["a clock that is a little behind"] = c => c["exp"] = (long)c["iat"]! - 30,
        ["a clock that is a little ahead"] = c => c["iat"] = (long)c["iat"]! + 30,
        ["a list of one audience"] = c => c["aud"] = new JsonArray(HostileProvider.ClientId),
        ["two audiences, and ours is the authorized party"] = c => (c["aud"], c["azp"]) = (new JsonArray("another", HostileProvider.ClientId), HostileProvider.ClientId),
        ["a name that is no text"] = c => c["name"] = 7,
        ["one role, not in a list"] = c => c["roles"] = "technicians",
    };

    public static TheoryData<string> SignatureNames { get; } = [.. Signatures.Keys];

    public static TheoryData<string> ClaimNames { get; } = [.. Claims.Keys];

    public static TheoryData<string> AcceptableNames { get; } = [.. Acceptable.Keys];

    [Theory]
    [MemberData(nameof(SignatureNames))]
    public async Task A_token_that_the_provider_did_not_sign_is_refused(string name)
    {
        hostile.Forget();
        Signatures[name](hostile.Provider);
        await RefusedAndAuditedAsync();
    }

    [Theory]
    [MemberData(nameof(ClaimNames))]
    public async Task A_token_that_says_something_else_is_refused(string name)
    {
        hostile.Forget();
        hostile.Provider.Alter = (_, claims) => Claims[name](claims);
        await RefusedAndAuditedAsync();
    }

    [Theory]
    [MemberData(nameof(AcceptableNames))]
    public async Task A_token_that_is_within_the_rules_is_taken(string name)
    {
        hostile.Forget();
        hostile.Provider.Alter = (_, claims) =>
        {
            claims["sub"] = name;
            Acceptable[name](claims);
        };

        Assert.Equal(("/?here", true), await hostile.SignInAsync());
    }

    [Fact]
    public async Task Forged_key_names_make_the_portal_ask_for_keys_once_a_minute_at_most()
    {
        hostile.Forget();
        await hostile.SignInAsync();
        hostile.Provider.Alter = (header, _) => header["kid"] = Guid.NewGuid().ToString();
        for (var i = 0; i < 10; i++)
        {
            Assert.False((await hostile.SignInAsync()).SignedIn);
        }

        Assert.Equal(1, hostile.Provider.Asked.Count(path => path == "/jwks"));
        hostile.Time.Ahead += TimeSpan.FromMinutes(1);
        await hostile.SignInAsync();
        await hostile.SignInAsync();
        Assert.Equal(2, hostile.Provider.Asked.Count(path => path == "/jwks"));
    }

    [Fact]
    public async Task A_new_key_is_found_and_a_withdrawn_one_is_believed_for_an_hour_at_most()
    {
        hostile.Forget();
        await hostile.SignInAsync();

        hostile.Time.Ahead += TimeSpan.FromMinutes(1);
        hostile.Provider.Instead["/jwks"] = _ => HostileProvider.Json(new JsonObject { ["keys"] = new JsonArray(hostile.Provider.Key("new")) });
        hostile.Provider.Alter = (header, _) => header["kid"] = "new";
        Assert.True((await hostile.SignInAsync()).SignedIn);

        hostile.Time.Ahead += TimeSpan.FromMinutes(1);
        hostile.Provider.Instead["/jwks"] = _ => HostileProvider.Json(new JsonObject { ["keys"] = new JsonArray() });
        Assert.True((await hostile.SignInAsync()).SignedIn);
        hostile.Time.Ahead += TimeSpan.FromHours(1);
        Assert.False((await hostile.SignInAsync()).SignedIn);
    }

    private static JsonObject With(JsonObject key, string name, string value)
    {
        key[name] = value;
        return key;
    }

    private static byte[] SomebodyElse(byte[] bytes)
    {
        using var key = RSA.Create(2048);
        return key.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    private async Task RefusedAndAuditedAsync()
    {
        const string entries = "select count(*) from audit.entries where result = 'refused' and body::jsonb ->> 'reason' like 'The ID token %'";
        var before = await hostile.Portal.CountAsync(entries);
        Assert.Equal(("/sign-in-refused?why=failed", false), await hostile.SignInAsync());
        Assert.Equal(before + 1, await hostile.Portal.CountAsync(entries));
    }
}
