using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Sallyport.Gateway.Web.Asset;

/// <summary>A server's challenge by RFC 7616, and the answers to it. MD5 is what the panels of this world ask for.</summary>
internal sealed class DigestChallenge
{
    private readonly string _realm;
    private readonly string? _opaque;
    private readonly string? _algorithm;
    private readonly bool _qop;
    private readonly bool _session;
    private readonly Encoding _encoding;
    private readonly string _clientNonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    private int _count;

    private DigestChallenge(Dictionary<string, string> parameters)
    {
        Nonce = parameters["nonce"];
        IsStale = parameters.GetValueOrDefault("stale")?.Equals("true", StringComparison.OrdinalIgnoreCase) == true;
        _realm = parameters.GetValueOrDefault("realm", "");
        _opaque = parameters.GetValueOrDefault("opaque");
        _algorithm = parameters.GetValueOrDefault("algorithm");
        _session = _algorithm?.EndsWith("-sess", StringComparison.OrdinalIgnoreCase) == true;
        _qop = parameters.ContainsKey("qop");
        _encoding = parameters.GetValueOrDefault("charset")?.Equals("UTF-8", StringComparison.OrdinalIgnoreCase) == true ? Encoding.UTF8 : Encoding.Latin1;
    }

    public string Nonce { get; }

    /// <summary>The credential was right and only the nonce too old (section 3.3).</summary>
    public bool IsStale { get; }

    private bool IsSha256 => _algorithm?.StartsWith("SHA-256", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>The strongest challenge that can be answered; null without one.</summary>
    public static DigestChallenge? Best(IEnumerable<AuthenticationHeaderValue> challenges) => challenges
        .Where(c => c.Scheme.Equals("Digest", StringComparison.OrdinalIgnoreCase) && c.Parameter is not null)
        .Select(c => HttpParameters.Parse(c.Parameter!))
        .Where(p => p.ContainsKey("nonce")
            && p.GetValueOrDefault("algorithm", "MD5").ToUpperInvariant() is "MD5" or "MD5-SESS" or "SHA-256" or "SHA-256-SESS"
            && (!p.TryGetValue("qop", out var qop) || qop.Split(',', StringSplitOptions.TrimEntries).Contains("auth", StringComparer.OrdinalIgnoreCase)))
        .Select(p => new DigestChallenge(p))
        .OrderByDescending(c => c.IsSha256)
        .FirstOrDefault();

    /// <summary>The Authorization header's parameter for one request (section 3.4).</summary>
    public string Answer(WebCredential.Digest credential, string method, string uri)
    {
        var count = Interlocked.Increment(ref _count).ToString("x8");
        var secret = Hash($"{credential.UserName}:{_realm}:{credential.Password}");
        if (_session)
        {
            secret = Hash($"{secret}:{Nonce}:{_clientNonce}");
        }

        var request = Hash($"{method}:{uri}");
        var response = _qop ? Hash($"{secret}:{Nonce}:{count}:{_clientNonce}:auth:{request}") : Hash($"{secret}:{Nonce}:{request}");
        var answer = new StringBuilder($"username=\"{Escaped(credential.UserName)}\", realm=\"{Escaped(_realm)}\", nonce=\"{Escaped(Nonce)}\", uri=\"{uri}\", response=\"{response}\"");
        answer.Append(_algorithm is null ? "" : $", algorithm={_algorithm}");
        answer.Append(_opaque is null ? "" : $", opaque=\"{Escaped(_opaque)}\"");
        answer.Append(_qop ? $", qop=auth, nc={count}, cnonce=\"{_clientNonce}\"" : _session ? $", cnonce=\"{_clientNonce}\"" : "");
        return answer.ToString();
    }

    private static string Escaped(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    private string Hash(string text)
    {
        var bytes = _encoding.GetBytes(text);
#pragma warning disable CA5351 // The asset asked for it; see the class.
        return Convert.ToHexStringLower(IsSha256 ? SHA256.HashData(bytes) : MD5.HashData(bytes));
#pragma warning restore CA5351
    }
}
