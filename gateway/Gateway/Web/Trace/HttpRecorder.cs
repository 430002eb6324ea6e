using System.Buffers;
using System.Text;
using Microsoft.Extensions.Primitives;
using Sallyport.Gateway.Web.Asset;
using Sallyport.Recording;

namespace Sallyport.Gateway.Web.Trace;

/// <summary>Writes a web session's requests, responses and socket messages as <see cref="HttpTrace"/> events.</summary>
/// <param name="record">Adds it to the session's recording; throws a <see cref="RecordingException"/> where it cannot, and ends the session.</param>
internal sealed class HttpRecorder(Func<HttpTrace, ValueTask> record, WebPolicy policy)
{
    private const int MaxHeader = 512;

    // What char.IsControl says.
    private static readonly SearchValues<char> Controls = SearchValues.Create([.. Enumerable.Range(0, 0xA0).Select(c => (char)c).Where(char.IsControl)]);

    private static readonly (string Name, string Recorded)[] RequestHeaders = WithRecordedNames(
        "Accept", "Content-Type", "Content-Encoding", "If-Match", "If-None-Match", "If-Modified-Since", "Range", "User-Agent", "X-Requested-With", "Sec-Fetch-Dest", "Sec-Fetch-User", "Depth", "Destination", "Overwrite", "SOAPAction");

    private static readonly (string Name, string Recorded)[] ResponseHeaders = WithRecordedNames(
        "Content-Type", "Content-Encoding", "Content-Range", "Content-Disposition", "ETag", "Last-Modified", "Location", "Refresh", "Retry-After", "Server", "Allow");

    private readonly SecretMask _mask = new(policy.SecretFields);
    private long _count;

    public long Next() => Interlocked.Increment(ref _count);

    public ValueTask WriteAsync(HttpTrace trace) => record(trace);

    public ValueTask BeginAsync(WebTarget target) =>
        WriteAsync(new HttpTarget(target.Origin, target.LegacyTls, policy.Methods, policy.PathPrefixes, target.CertificateSha256));

    /// <summary>With its query, masked.</summary>
    public string PathOf(HttpRequest request) => Shortened(_mask.Address($"{request.Path.ToUriComponent()}{request.QueryString}"), 8 * MaxHeader);

    public string PathOf(Uri uri) => Shortened(_mask.Address(uri.PathAndQuery), 8 * MaxHeader);

    public BodyCapture Capture(string method) => new(WebPolicy.MayChange(method) ? policy.RecordedBodyBytes : 0, hash: true);

    public HttpBody? BodyOf(HttpRequest request, BodyCapture capture) => capture.Length == 0
        ? null
        : _mask.Body(request.ContentType, !StringValues.IsNullOrEmpty(request.Headers.ContentEncoding), capture.Kept.Span, capture.Length, capture.Sha256!);

    /// <param name="isSignIn">Asked when it is recorded: is it of those that only sign in, in a form that is not looked into?</param>
    public SocketMessage Message(long socket, bool fromAsset, Func<bool> isSignIn) => new(this, socket, fromAsset, policy.RecordedMessageBytes, isSignIn);

    public HttpBody MessageBody(BodyCapture capture) => _mask.Body(null, encoded: false, capture.Kept.Span, capture.Length, capture.Sha256!);

    public IReadOnlyDictionary<string, string> Chosen(HttpRequest request) => Chosen(request.Headers, RequestHeaders);

    public IReadOnlyDictionary<string, string> Chosen(HttpResponse response) => Chosen(response.Headers, ResponseHeaders);

    private Dictionary<string, string> Chosen(IHeaderDictionary headers, (string Name, string Recorded)[] names)
    {
        var chosen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, recorded) in names)
        {
            if (headers.TryGetValue(name, out var values))
            {
                var value = values.ToString();
                chosen[recorded] = Shortened(name is "Location" or "Destination" or "Refresh" ? _mask.Address(value) : value, MaxHeader);
            }
        }

        return chosen;
    }

    private static (string Name, string Recorded)[] WithRecordedNames(params string[] names) => [.. names.Select(name => (name, name.ToLowerInvariant()))];

    // Kept short and printable: it is shown to people.
    private static string Shortened(string text, int length)
    {
        if (text.Length <= length && !text.AsSpan().ContainsAny(Controls))
        {
            return text;
        }

        var result = new StringBuilder(Math.Min(text.Length, length));
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, length)))
        {
            result.Append(char.IsControl(c) ? '?' : c);
        }

        return result.ToString();
    }
}
