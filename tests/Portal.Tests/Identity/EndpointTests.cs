using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>
/// Every address of the running portal, asked for as nobody and as each role, against one table. An address that the
/// table does not have fails: whoever adds a page says here who may open it.
/// </summary>
[Collection(PostgresCollection.Name)]
public sealed partial class EndpointTests(PortalInstance portal) : IClassFixture<PortalInstance>
{
    private const string Nobody = "nobody";

    private static readonly string[] SignedIn = [nameof(Role.Technician), nameof(Role.Admin), nameof(Role.Compliance), nameof(Role.Operator)];
    private static readonly string[] Everyone = [Nobody, .. SignedIn];
    private static readonly string[] Technician = [nameof(Role.Technician)];
    private static readonly string[] Admin = [nameof(Role.Admin)];
    private static readonly string[] Compliance = [nameof(Role.Compliance)];
    private static readonly string[] Operator = [nameof(Role.Operator)];
    private static readonly string[] Oversight = [nameof(Role.Admin), nameof(Role.Compliance)];

    /// <summary>Gateways, hubs and clients of the provider, by the token that they show. A signed-in user is none of them.</summary>
    private static readonly string[] BearersOfTokens = [];

    private static readonly Dictionary<string, string[]> Table = new(StringComparer.Ordinal)
    {
        // Pages. The framework takes a POST wherever it serves a page.
        ["GET POST /"] = SignedIn,
        ["GET POST /approvals"] = Admin,
        ["GET POST /assets/{Id:guid}"] = SignedIn,
        ["GET POST /audit"] = Oversight,
        ["GET POST /error"] = Everyone,
        ["GET POST /first-run"] = Everyone,
        ["GET POST /access-denied"] = Everyone,
        ["GET POST /not-found"] = Everyone,
        ["GET POST /now"] = Oversight,
        ["GET POST /openid/failed-attempts"] = Everyone,
        ["GET POST /openid/new-password"] = Everyone,
        ["GET POST /openid/sign-in"] = Everyone,
        ["GET POST /overlay"] = Admin,
        ["GET POST /password"] = SignedIn,
        ["GET POST /sign-ins"] = SignedIn,
        ["GET POST /plants"] = Admin,
        ["GET POST /plants/add"] = Admin,
        ["GET POST /plants/{Id:guid}"] = Admin,
        ["GET POST /providers"] = Admin,
        ["GET POST /recordings"] = Compliance,
        ["GET POST /recordings/{Id:guid}"] = Compliance,
        ["GET POST /releases"] = Operator,
        ["GET POST /request/{ServiceId:guid}"] = Technician,
        ["GET POST /sessions/{Id:guid}"] = Technician,
        ["GET POST /sessions/{Id:guid}/watch"] = Oversight,
        ["GET POST /sign-in/choose"] = Everyone,
        ["GET POST /sign-in-refused"] = Everyone,
        ["GET POST /users"] = Admin,
        ["GET POST /users/{Id:guid}/sign-ins"] = Admin,

        // What pages and forms ask.
        ["GET /recordings/{id:guid}/activity"] = Compliance,
        ["GET /recordings/{id:guid}/asciicast"] = Compliance,
        ["GET /recordings/{id:guid}/events"] = Compliance,
        ["GET /recordings/{id:guid}/har"] = Compliance,
        ["GET /recordings/{id:guid}/http"] = Compliance,
        ["GET /recordings/{id:guid}/http/{at:long}"] = Compliance,
        ["GET /recordings/{id:guid}/info"] = Compliance,
        ["GET /recordings/{id:guid}/thumbnails"] = Compliance,
        ["GET /recordings/{id:guid}/typed"] = Compliance,
        ["POST /recordings/{id:guid}/verify"] = Compliance,
        ["GET POST /recordings/{id:guid}/video"] = Compliance,
        ["POST /recordings/{id:guid}/video/cancel"] = Compliance,
        ["GET /recordings/{id:guid}/video/file"] = Compliance,
        ["GET /sessions/{id:guid}/state"] = Technician,
        ["POST /sessions/{id:guid}/end"] = Technician,
        ["POST /sessions/{id:guid}/stop"] = Oversight,
        ["POST /sessions/{id:guid}/take-over"] = Technician,
        ["POST /sessions/{id:guid}/ticket"] = Technician,
        ["POST /sessions/{id:guid}/watch-ticket"] = Oversight,
        ["GET /sign-in"] = Everyone,
        ["GET /signed-in"] = Everyone,
        ["GET /signed-in/{provider}"] = Everyone,
        ["POST /sign-out"] = SignedIn,
        ["POST /back-channel-logout"] = Everyone,

        // The embedded provider.
        ["GET /openid/.well-known/openid-configuration"] = Everyone,
        ["GET POST /openid/authorize"] = Everyone,
        ["GET POST /openid/end-session"] = Everyone,
        ["GET /openid/jwks"] = Everyone,
        ["POST /openid/par"] = Everyone,
        ["POST /openid/token"] = Everyone,
        ["GET /openid/userinfo"] = BearersOfTokens,
        ["POST /openid/userinfo"] = Everyone, // what is no form is refused (400) before the token is looked at

        // Plants, gateways and hubs.
        ["POST /enroll/plant"] = Everyone,
        ["GET /enroll/script"] = Everyone,
        ["POST /link/enroll"] = Everyone,
        ["GET /link/gateway/events"] = BearersOfTokens,
        ["POST /link/gateway/redeem"] = BearersOfTokens,
        ["POST /link/gateway/redeem-take-over"] = BearersOfTokens,
        ["POST /link/gateway/redeem-watch"] = BearersOfTokens,
        ["POST /link/gateway/refusals"] = BearersOfTokens,
        ["POST /link/gateway/scans/{id}"] = BearersOfTokens,
        ["POST /link/gateway/sessions/{id}/control"] = BearersOfTokens,
        ["POST /link/gateway/sessions/{id}/ended"] = BearersOfTokens,
        ["POST /link/gateway/sessions/{id}/head"] = BearersOfTokens,
        ["POST /link/gateway/sessions/{id}/started"] = BearersOfTokens,
        ["POST /link/gateway/sessions/{id}/connected"] = BearersOfTokens,
        ["POST /link/gateway/sync"] = BearersOfTokens,
        ["GET /link/hub/events"] = BearersOfTokens,
        ["POST /link/hub/acks"] = BearersOfTokens,
        ["POST /link/hub/health"] = BearersOfTokens,

        // The framework's own.
        ["ANY /_blazor"] = SignedIn,
        ["ANY /_blazor/disconnect/"] = SignedIn,
        ["ANY /_blazor/initializers/"] = SignedIn,
        ["ANY /_blazor/negotiate"] = SignedIn,
        ["GET /_framework/opaque-redirect"] = [],
        ["GET HEAD /{**path:file}"] = SignedIn,

        ["GET HEAD /health/"] = Everyone,
        ["GET HEAD /health/live"] = Everyone,
        ["GET HEAD /health/ready"] = Everyone,
    };

    [Fact]
    public async Task Every_address_is_open_to_whom_the_table_says_and_to_nobody_else()
    {
        var browsers = new Dictionary<string, PortalBrowser> { [Nobody] = portal.NewBrowser() };
        foreach (var role in Enum.GetValues<Role>())
        {
            browsers[role.ToString()] = await portal.SignedInAsync(role);
        }

        var found = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var (method, route, path) in Endpoints().Distinct())
        {
            var open = new List<string>();
            foreach (var (who, browser) in browsers)
            {
                if (await IsOpenAsync(browser, method == "ANY" ? "POST" : method, path))
                {
                    open.Add(who);
                }
            }

            found[$"{method} {route}"] = [.. open];
        }

        var expected = Table.SelectMany(row => row.Key.Split(' ')[..^1], (row, method) => (Name: $"{method} {row.Key.Split(' ')[^1]}", row.Value)).ToDictionary(row => row.Name, row => row.Value);
        var differences = Lines(found).Except(Lines(expected)).Select(line => $"not in the table: {line}").Concat(Lines(expected).Except(Lines(found)).Select(line => $"not so: {line}")).ToList();
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    private static IEnumerable<string> Lines(Dictionary<string, string[]> table) =>
        table.Select(row => $"{row.Key} → {string.Join(", ", row.Value.Order(StringComparer.Ordinal))}").Order(StringComparer.Ordinal);

    private static async Task<bool> IsOpenAsync(PortalBrowser browser, string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await browser.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var refused = answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
            || (answer.Headers.Location is { } location && Refusal().IsMatch(location.ToString()));
        return !refused;
    }

    /// <summary>All that is routed, but the static files; parameters are filled in with ids of nothing.</summary>
    private IEnumerable<(string Method, string Route, string Path)> Endpoints() =>
        from endpoint in portal.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        where endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is null
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["ANY"]
        select (method, Route(endpoint), Path(endpoint));

    private static string Route(RouteEndpoint endpoint) => "/" + endpoint.RoutePattern.RawText!.TrimStart('/');

    /// <summary>An address that an endpoint answers at.</summary>
    internal static string Path(RouteEndpoint endpoint) => Parameter().Replace(Route(endpoint), match => Filler(match.Groups["constraint"].Value));

    private static string Filler(string constraint) => constraint switch
    {
        "" or "guid" => Guid.Empty.ToString(),
        "int" or "long" => "1",
        "file" => "no-such.file",
        _ => throw new InvalidOperationException($"Say here what fits a route's parameter of {constraint}; else its address is not found, and seems open."),
    };

    [GeneratedRegex("^(http://[^/]*)?/(sign-in|access-denied)\\?")]
    private static partial Regex Refusal();

    [GeneratedRegex("\\{[^}:]*(:(?<constraint>[^}]*))?\\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Parameter();
}
