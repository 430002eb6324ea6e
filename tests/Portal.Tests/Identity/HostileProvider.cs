using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>
/// A provider that does what a test tells it: it signs anybody in without a word, and each of its answers can be
/// replaced by another.
/// </summary>
internal sealed class HostileProvider : IAsyncDisposable
{
    public const string KeyId = "its key";
    public const string ClientId = "sallyport";

    private readonly WebApplication _app;
    private readonly TimeProvider _time;
    private readonly RSA _rsa = RSA.Create(2048);
    private string _nonce = "";

    private HostileProvider(WebApplication app, TimeProvider time) => (_app, _time) = (app, time);

    public string Url { get; private set; } = "";

    /// <summary>Paths that were asked for.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>Paths that get another answer than they should.</summary>
    public ConcurrentDictionary<string, Func<HttpContext, IResult>> Instead { get; } = new(StringComparer.Ordinal);

    /// <summary>What becomes of an ID token that would be right: its header and claims, before it is signed.</summary>
    public Action<JsonObject, JsonObject> Alter { get; set; } = (_, _) => { };

    /// <summary>Signs what is asked for; by default with the published key.</summary>
    public Func<byte[], byte[]> Sign { get; set; } = _ => [];

    /// <summary>The published key as PEM, for who confuses it with a shared secret.</summary>
    public string PublicPem => _rsa.ExportSubjectPublicKeyInfoPem();

    public static async Task<HostileProvider> StartAsync(TimeProvider time)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var provider = new HostileProvider(app, time);
        provider.Behave();
        app.Run(provider.AnswerAsync);
        await app.StartAsync();
        provider.Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return provider;
    }

    /// <summary>From now on it does what it should.</summary>
    public void Behave()
    {
        Asked.Clear();
        Instead.Clear();
        Alter = (_, _) => { };
        Sign = bytes => _rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    public JsonObject Discovery() => new()
    {
        ["issuer"] = Url,
        ["authorization_endpoint"] = $"{Url}/authorize",
        ["token_endpoint"] = $"{Url}/token",
        ["jwks_uri"] = $"{Url}/jwks",
        ["userinfo_endpoint"] = $"{Url}/userinfo",
    };

    public JsonObject Key(string keyId = KeyId)
    {
        var key = _rsa.ExportParameters(false);
        return new() { ["kty"] = "RSA", ["kid"] = keyId, ["n"] = Base64Url.EncodeToString(key.Modulus), ["e"] = Base64Url.EncodeToString(key.Exponent) };
    }

    public static IResult Json(JsonNode? json) => Results.Text(json?.ToJsonString() ?? "null", "application/json");

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _rsa.Dispose();
    }

    private Task AnswerAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!;
        Asked.Enqueue(path);
        return (Instead.TryGetValue(path, out var instead) ? instead(http) : Answer(path, http)).ExecuteAsync(http);
    }

    private IResult Answer(string path, HttpContext http)
    {
        switch (path)
        {
            case "/.well-known/openid-configuration":
                return Json(Discovery());
            case "/jwks":
                return Json(new JsonObject { ["keys"] = new JsonArray(Key()) });
            case "/authorize":
                _nonce = http.Request.Query["nonce"].ToString();
                return Results.Redirect(QueryHelpers.AddQueryString(http.Request.Query["redirect_uri"]!, new Dictionary<string, string?> { ["code"] = "a code", ["state"] = http.Request.Query["state"] }));
            case "/token":
                return Json(new JsonObject { ["token_type"] = "Bearer", ["access_token"] = "an access token", ["id_token"] = IdToken() });
            case "/userinfo":
                return Json(new JsonObject { ["sub"] = "mallory", ["name"] = "Mallory", ["roles"] = new JsonArray("admins") });
            default:
                return Results.NotFound();
        }
    }

    private string IdToken()
    {
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        var header = new JsonObject { ["alg"] = "RS256", ["kid"] = KeyId };
        var claims = new JsonObject { ["iss"] = Url, ["sub"] = "mallory", ["aud"] = ClientId, ["iat"] = now, ["exp"] = now + 300, ["nonce"] = _nonce, ["name"] = "Mallory", ["roles"] = new JsonArray("technicians") };
        Alter(header, claims);
        return Signed(header, claims);
    }

    /// <summary>OpenID Connect Back-Channel Logout 1.0, section 2.4.</summary>
    public string LogoutToken(string subject, Action<JsonObject, JsonObject>? alter = null)
    {
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        var header = new JsonObject { ["alg"] = "RS256", ["kid"] = KeyId, ["typ"] = "logout+jwt" };
        var claims = new JsonObject
        {
            ["iss"] = Url,
            ["sub"] = subject,
            ["aud"] = ClientId,
            ["iat"] = now,
            ["exp"] = now + 120,
            ["jti"] = Guid.NewGuid().ToString(),
            ["events"] = new JsonObject { ["http://schemas.openid.net/event/backchannel-logout"] = new JsonObject() },
        };
        alter?.Invoke(header, claims);
        return Signed(header, claims);
    }

    private string Signed(JsonObject header, JsonObject claims)
    {
        var signed = $"{Part(header)}.{Part(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(Sign(Encoding.ASCII.GetBytes(signed)))}";

        static string Part(JsonObject json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));
    }
}
