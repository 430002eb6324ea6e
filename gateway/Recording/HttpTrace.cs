using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sallyport.Recording;

/// <summary>
/// The payload of <see cref="RecordingEventKind.Http"/>: one JSON object, whose member <c>t</c> says which. Members without a
/// value are left out. What the members mean is written at each record; docs/web-sessions.md shows them as they are in the file.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "t", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(HttpTarget), "target")]
[JsonDerivedType(typeof(HttpBegun), "begun")]
[JsonDerivedType(typeof(HttpExchange), "exchange")]
[JsonDerivedType(typeof(HttpSocketOpened), "opened")]
[JsonDerivedType(typeof(HttpSocketMessage), "message")]
[JsonDerivedType(typeof(HttpSocketMessageEnd), "messageEnd")]
[JsonDerivedType(typeof(HttpSocketClosed), "closed")]
public abstract record HttpTrace
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        AllowOutOfOrderMetadataProperties = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,

        // Shorter; whoever shows it on a page must escape it there in any case.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public byte[] Encode() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <summary>Null for what a later version wrote, or nobody of ours: a reader passes over it.</summary>
    public static HttpTrace? Decode(ReadOnlySpan<byte> payload)
    {
        try
        {
            return JsonSerializer.Deserialize<HttpTrace>(payload, Json);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return null;
        }
    }
}

/// <summary>First event of a web session: where its requests went, and what was allowed.</summary>
/// <param name="Origin">As the asset was addressed: <c>https://panel-7</c>.</param>
/// <param name="LegacyTls">The service allowed TLS 1.0 and 1.1: a weak link, said in the evidence too.</param>
/// <param name="Certificate">SHA-256 of the pinned certificate; absent without TLS.</param>
public sealed record HttpTarget(string Origin, bool LegacyTls, IReadOnlyList<string> Methods, IReadOnlyList<string> Paths, string? Certificate = null) : HttpTrace;

/// <summary>
/// A request, before anything of it is sent to the asset: a GET can change something there too, and even a gateway that dies in between leaves
/// a trace of it. The <see cref="HttpExchange"/> with the same number follows when it is over. Recordings of before had it of changing requests only.
/// </summary>
/// <param name="N">Counts the session's exchanges and sockets from 1.</param>
/// <param name="Path">With its query, secret values masked.</param>
public sealed record HttpBegun(long N, string Method, string Path) : HttpTrace;

/// <summary>A request and its response, at the moment when both were over.</summary>
/// <param name="Protocol">What the browser spoke: <c>HTTP/2</c>.</param>
/// <param name="Status">What the browser was answered; 0 when it left before. Of the gateway's own requests: what the asset answered; 0 when it did not.</param>
/// <param name="WaitMs">From the request to the response's head.</param>
/// <param name="TotalMs">From the request to the response's last byte: the request came that long before this event.</param>
/// <param name="Sent">Bytes of the request's body.</param>
/// <param name="Received">Bytes of the response's body.</param>
/// <param name="RequestHeaders">Chosen ones; never a cookie's or a credential's value.</param>
/// <param name="Body">Of a request that can change something.</param>
/// <param name="Download">SHA-256 of the response's body where it was a file to save, lowercase hexadecimal.</param>
/// <param name="Notes">What the gateway did to it: refused, kept from following a redirect, dropped a cookie.</param>
public sealed record HttpExchange(
    long N,
    string Method,
    string Path,
    string Protocol,
    int Status,
    double WaitMs,
    double TotalMs,
    long Sent,
    long Received,
    IReadOnlyDictionary<string, string> RequestHeaders,
    IReadOnlyDictionary<string, string> ResponseHeaders,
    HttpBody? Body = null,
    string? Download = null,
    IReadOnlyList<string>? Notes = null) : HttpTrace;

/// <summary>A body or a message, as far as it is kept. Exactly one of Text, Base64 and Omitted is there.</summary>
/// <param name="Length">Of the whole, in bytes.</param>
/// <param name="Sha256">Of the whole and unmasked, lowercase hexadecimal; absent where masking took something out or could not look, since a short secret could be guessed from it.</param>
/// <param name="Text">With the values of secret fields replaced by <c>***</c>.</param>
/// <param name="Truncated">More was sent than is kept.</param>
/// <param name="Omitted">Why nothing is kept.</param>
public sealed record HttpBody(long Length, string? Type = null, string? Sha256 = null, string? Text = null, string? Base64 = null, bool Truncated = false, string? Omitted = null);

/// <summary>A WebSocket was accepted by the asset.</summary>
public sealed record HttpSocketOpened(long N, string Path, string? Protocol = null) : HttpTrace;

/// <param name="FromAsset">True from asset to browser.</param>
/// <param name="Binary">The message's kind (RFC 6455, section 5.6).</param>
/// <param name="Body">Where it is open: as far as it had come, without a hash.</param>
/// <param name="Open">Recorded before its end had come; an <see cref="HttpSocketMessageEnd"/> of this socket and direction follows, and no other message before it.</param>
public sealed record HttpSocketMessage(long N, bool FromAsset, bool Binary, HttpBody Body, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Open = false) : HttpTrace;

/// <summary>The end of an <see cref="HttpSocketMessage"/> that was open.</summary>
/// <param name="Length">Of the whole, in bytes; where it is unfinished: of what came.</param>
/// <param name="Sha256">As in <see cref="HttpBody"/>.</param>
/// <param name="Unfinished">The socket ended before the message did. Of one that is no longer than what is kept, nothing had been passed on.</param>
public sealed record HttpSocketMessageEnd(long N, bool FromAsset, long Length, string? Sha256 = null, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Unfinished = false) : HttpTrace;

/// <param name="Code">RFC 6455, section 7.4; 1006 when the link just broke.</param>
/// <param name="SentMessages">From browser to asset, finished ones.</param>
public sealed record HttpSocketClosed(long N, int Code, long SentMessages, long ReceivedMessages, string? Reason = null) : HttpTrace;
