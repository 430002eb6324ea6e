using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Sallyport.Contracts;
using Sallyport.Gateway.Web;
using Sallyport.Gateway.Web.Asset;
using Sallyport.Gateway.Web.Forwarding;
using Sallyport.Gateway.Web.Trace;
using Sallyport.Recording;

namespace Sallyport.Fuzz.Web;

/// <summary>
/// Gives spoilt headers, bodies and events to what reads a web HMI's words. None may throw, take too long, lead a browser
/// anywhere but to its session, break out of a header, or depend on how a body was cut.
/// </summary>
internal sealed class WebFuzzer(int seed) : IFuzzer
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(5);
    private static readonly Guid Session = Guid.Parse("0123456789abcdef0123456789abcdef");
    private static readonly WebOrigins Origins = new(new Uri("https://web.example.com"));
    private static readonly AssetUrlMapper Own = new(new WebTarget(new IPEndPoint(IPAddress.Parse("192.168.0.10"), 80), false, "192.168.0.10", ["panel-7"], null, false), Origins, Session);

    private static readonly byte[][] Samples =
    [
        .. new[]
        {
            "http://192.168.0.10/start?a=b#c", "//panel-7/x", "/x/../y", "https://elsewhere.example/", "\\\\elsewhere\\x", "http:/\\elsewhere@192.168.0.10:80/", "javascript:alert(1)",
            "sid=0123; Path=/; HttpOnly; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Max-Age=60; SameSite=None; Secure", "__Host-a=b; Domain=panel-7; Path=/deep",
            "realm=\"panel\", qop=\"auth,auth-int\", nonce=\"abc\", opaque=\"xyz\", algorithm=SHA-256, stale=true", "realm=a,nonce=\"\\\"\"",
            "user=operator&password=hidden&x=%70", "name=pin&value=1234", "/a;jsessionid=1?x=%7B%22pin%22%3A1%7D#token=2", "[[\"pin\",1],{\"value\":1,\"name\":\"user_pin\"},{\"text\":\"{\\\"pin\\\":1}\"}]",
            "{\"user\":\"operator\",\"password\":\"hidden\",\"deep\":[{\"pin\":1}]}",
            "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhidden\r\n--b--\r\n",
            "<a href=\"http://192.168.0.10/x\">http%3A%2F%2Fpanel-7%2Fx \"http:\\/\\/panel-7\\/x\" ws://panel-7/live</a>",
        }.Select(Encoding.UTF8.GetBytes),
        new HttpExchange(1, "POST", "/set?x=1", "HTTP/1.1", 204, 3, 4, 5, 6, new Dictionary<string, string>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal)).Encode(),
        new HttpSocketMessage(2, true, false, new HttpBody(2, "text/plain", Text: "ok")).Encode(),
    ];

    private readonly Random _random = new(seed);

    public int Steps { get; private set; }

    public string Summary => $"{Steps} inputs";

    public ValueTask<FuzzFinding?> StepAsync()
    {
        Steps++;
        var input = Mutator.Mutate(Samples[_random.Next(Samples.Length)], Samples[_random.Next(Samples.Length)], [0], _random);
        var clock = Stopwatch.StartNew();
        string? wrong;
        try
        {
            var text = Encoding.Latin1.GetString(input);
            wrong = Location(text) ?? Cookie(text) ?? Challenge(text) ?? Body(input) ?? Event(input);
        }
        catch (Exception e)
        {
            wrong = e.ToString();
        }

        wrong ??= clock.Elapsed > TimeLimit ? $"It took {clock.Elapsed.TotalSeconds:0.0} s." : null;
        return ValueTask.FromResult(wrong is null ? null : new FuzzFinding(wrong, input));
    }

    private static string? Location(string text)
    {
        if (Own.ToBrowser(text, "/deep/page") is not { } path)
        {
            return null;
        }

        var origin = new Uri(Origins.Hmi(Session));
        return !Uri.TryCreate(origin, path, out var led) ? "The browser is led to what is no address."
            : led.Host != origin.Host || led.Port != origin.Port || led.Scheme != origin.Scheme ? $"The browser is led to {led}."
            : IsOneLine(path) ? null : "A header could be added to Location.";
    }

    private static string? Cookie(string text)
    {
        var jar = new CookieJar(TimeProvider.System);
        var exchange = new CookieExchange(jar, new WebPolicy(), https: true);
        if (exchange.ToBrowser(text, "/deep/page") is { } shown && (!IsOneLine(shown) || shown.Split(';').Skip(1).Any(attribute => attribute.Trim().StartsWith("domain", StringComparison.OrdinalIgnoreCase))))
        {
            return $"The cookie would reach others: {shown}";
        }

        return exchange.ToAsset([text], "/deep/page", []) is { } sent && !IsOneLine(sent) ? "A header could be added to Cookie." : null;
    }

    private static string? Challenge(string text)
    {
        HttpParameters.Parse(text);
        var answer = AuthenticationHeaderValue.TryParse($"Digest {text}", out var header)
            ? DigestChallenge.Best([header])?.Answer(new WebCredential.Digest("operator", "secret"), "GET", "/")
            : null;
        return answer is null || IsOneLine(answer) ? null : "A header could be added to Authorization.";
    }

    private string? Body(byte[] input)
    {
        if (!Rewritten(input, input.Length).SequenceEqual(Rewritten(input, 1 + _random.Next(16))))
        {
            return "The rewritten body depends on how it was cut.";
        }

        var mask = new SecretMask(["password", "pin"]);
        mask.Address(Encoding.Latin1.GetString(input));
        foreach (var type in (string?[])["application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=b", "text/plain", null])
        {
            mask.Body(type, encoded: false, input, input.Length, "");
        }

        return null;
    }

    private static string? Event(byte[] input) =>
        HttpTrace.Decode(input) is { } trace && HttpTrace.Decode(trace.Encode()) is null ? "An event that was read cannot be read again." : null;

    private static byte[] Rewritten(byte[] input, int size)
    {
        var rewriter = new BodyRewriter(Own.Rules);
        return [.. input.Chunk(Math.Max(size, 1)).SelectMany(chunk => rewriter.Rewrite(chunk).ToArray()), .. rewriter.FinishBytes()];
    }

    private static bool IsOneLine(string header) => !header.AsSpan().ContainsAny('\r', '\n', '\0');
}
