using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Sallyport.Contracts;
using Sallyport.Hosting;

namespace Sallyport.Gateway.Web.Forwarding;

/// <summary>Judges a request by its head alone, before anything of it goes anywhere.</summary>
internal static class RequestGate
{
    public const string ReservedPath = "/.sallyport";

    /// <returns>Null when it may pass.</returns>
    public static Refusal? Check(HttpRequest request, bool isWebSocket, WebPolicy policy, string hmiOrigin) =>
        Framing(request, isWebSocket) ?? Sender(request, isWebSocket, hmiOrigin) ?? Allowed(request, isWebSocket, policy);

    // Kestrel has refused what RFC 9112 calls malformed. What is left is what is legal, and that two servers could still read differently.
    private static Refusal? Framing(HttpRequest request, bool isWebSocket)
    {
        var headers = request.Headers;

        // Over HTTP/2 a body needs no header that says so (RFC 9113, section 8.1): only the server knows whether the request ended with its head.
        var hasBody = request.ContentLength > 0
            || !StringValues.IsNullOrEmpty(headers.TransferEncoding)
            || request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true;
        if (!isWebSocket && (!StringValues.IsNullOrEmpty(headers.Upgrade) || headers.ContainsKey("HTTP2-Settings")))
        {
            return new Refusal(StatusCodes.Status400BadRequest, "A change to another protocol is not possible here.");
        }

        // RFC 9112, section 6.3: both lengths at once ought to be handled as an error. Kestrel keeps the chunks, and moves the other aside.
        if (headers.ContainsKey("X-Content-Length") || (!StringValues.IsNullOrEmpty(headers.TransferEncoding) && !IsChunked(request)))
        {
            return new Refusal(StatusCodes.Status400BadRequest, "The request states its length in two ways.");
        }

        // An asset that does not read it would take it for the next request: one that nobody judged.
        return hasBody && !WebPolicy.MayChange(request.Method) ? new Refusal(StatusCodes.Status400BadRequest, "A request to read can have no body.") : null;
    }

    // Only HTTP/1.1 has chunks: RFC 9112, section 6.1, and RFC 9113, section 8.2.2.
    private static bool IsChunked(HttpRequest request) =>
        HttpProtocol.IsHttp11(request.Protocol) && request.Headers.TransferEncoding.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase);

    // Pages of other origins, sessions of other assets among them, may not use this session, even where the browser would send its cookie.
    private static Refusal? Sender(HttpRequest request, bool isWebSocket, string hmiOrigin)
    {
        if (request.Headers["Service-Worker"].Count > 0)
        {
            return new Refusal(StatusCodes.Status403Forbidden, "A page of a session cannot leave a service worker behind: it would outlive the session.");
        }

        // Navigations too: a page of another session could lead a frame to an address that changes something, and not care about what is shown.
        return RequestOrigin.IsForeign(request, hmiOrigin, isWebSocket) ? new Refusal(StatusCodes.Status403Forbidden, "Only the asset's own pages may ask for this.") : null;
    }

    private static Refusal? Allowed(HttpRequest request, bool isWebSocket, WebPolicy policy)
    {
        var path = request.Path.Value ?? "";
        if (isWebSocket ? !policy.AllowWebSockets : !policy.Allows(request.Method))
        {
            return new Refusal(StatusCodes.Status405MethodNotAllowed, isWebSocket ? "This service allows no WebSockets." : $"This service does not allow {request.Method}: it is there to look, not to change.");
        }

        if (request.ContentLength > policy.MaxRequestBytes)
        {
            return new Refusal(StatusCodes.Status413PayloadTooLarge, $"This service takes at most {policy.MaxRequestBytes} bytes in one request.");
        }

        if (path.Length == 0 || path[0] != '/' || WebPath.IsBelow(path, ReservedPath))
        {
            return new Refusal(StatusCodes.Status404NotFound, "There is nothing at this address.");
        }

        if (!policy.RestrictsPaths)
        {
            return null;
        }

        // What a server behind could read as another path than it looks.
        var ambiguous = path.Contains('\\', StringComparison.Ordinal)
            || path.Contains("//", StringComparison.Ordinal)
            || path.Contains(';', StringComparison.Ordinal)
            || path.Contains('%', StringComparison.Ordinal)
            || path.Split('/').Any(segment => segment is "." or "..")
            || path.Any(char.IsControl);
        return ambiguous || !policy.PathPrefixes.Any(prefix => WebPath.IsBelow(path, prefix))
            ? new Refusal(StatusCodes.Status403Forbidden, "This service does not allow this address of the asset.")
            : null;
    }
}
