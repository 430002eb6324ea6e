using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>A public client of the embedded provider that says exactly what a test wants it to say.</summary>
internal sealed class CodeClient(HttpClient http, string id = CodeClient.Id) : IDisposable
{
    public const string Id = "attacked";
    public const string OtherId = "other";
    public const string Callback = "http://127.0.0.1:9/callback";

    public static readonly Dictionary<string, string> Settings = new()
    {
        ["OpenIdProvider:Clients:0:Id"] = Id,
        ["OpenIdProvider:Clients:0:RedirectUris:0"] = Callback,
        ["OpenIdProvider:Clients:1:Id"] = OtherId,
        ["OpenIdProvider:Clients:1:RedirectUris:0"] = Callback,
        ["SignIn:AttemptsPerMinute"] = "100000",
    };

    public CodeClient(PortalInstance portal, string id = Id)
        : this(new HttpClient { BaseAddress = new Uri(portal.Url) }, id)
    {
    }

    public string Verifier { get; } = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public Dictionary<string, string?> Request() => new()
    {
        ["response_type"] = "code",
        ["client_id"] = id,
        ["redirect_uri"] = Callback,
        ["scope"] = "openid profile",
        ["state"] = "the state",
        ["nonce"] = "the nonce",
        ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier))),
        ["code_challenge_method"] = "S256",
    };

    /// <summary>What the provider answers, without following it.</summary>
    public static Task<HttpResponseMessage> AuthorizeAsync(PortalBrowser browser, Dictionary<string, string?> request) =>
        browser.Http.GetAsync(QueryHelpers.AddQueryString("/openid/authorize", request));

    /// <summary>A code for the account that is signed in in this browser.</summary>
    public async Task<string> CodeAsync(PortalBrowser browser)
    {
        var answer = await AuthorizeAsync(browser, Request());
        return Answer(answer)["code"] ?? throw new InvalidOperationException($"No code: {answer.Headers.Location}");
    }

    /// <summary>The parameters that the provider sent the browser back with.</summary>
    public static System.Collections.Specialized.NameValueCollection Answer(HttpResponseMessage answer)
    {
        Assert.StartsWith(Callback + "?", answer.Headers.Location?.AbsoluteUri, StringComparison.Ordinal);
        return System.Web.HttpUtility.ParseQueryString(answer.Headers.Location!.Query);
    }

    public Task<(HttpStatusCode Status, JsonElement Body)> RedeemAsync(string code, string? verifier = null, string redirectUri = Callback, string? clientId = null)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirectUri, ["client_id"] = clientId ?? id };
        if ((verifier ?? Verifier) is { Length: > 0 } given)
        {
            form["code_verifier"] = given;
        }

        return RedeemAsync(form);
    }

    public async Task<(HttpStatusCode Status, JsonElement Body)> RedeemAsync(Dictionary<string, string> form)
    {
        using var content = new FormUrlEncodedContent(form);
        using var answer = await http.PostAsync("/openid/token", content);
        return (answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync()));
    }

    public async Task<HttpStatusCode> UserInfoAsync(string accessToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/openid/userinfo");
        request.Headers.Authorization = new("Bearer", accessToken);
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }

    public void Dispose() => http.Dispose();
}
