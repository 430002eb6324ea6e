using System.Net;
using Microsoft.Extensions.Primitives;
using Sallyport.Gateway.Web.Trace;
using Yarp.ReverseProxy.Forwarder;

namespace Sallyport.Gateway.Web.Forwarding;

/// <summary>Makes one request what a browser in the plant would send, and its answer what the session's browser can use.</summary>
internal sealed class AssetTransformer(WebSession session, Exchange exchange, AnswerBody body) : HttpTransformer
{
    public static readonly string[] TextsBesideText = ["application/javascript", "application/x-javascript", "application/ecmascript", "application/json", "application/xml", "application/xhtml+xml", "image/svg+xml"];

    public const string EventStream = "text/event-stream";

    // What holds URLs as text. An event stream does not wait for the end of a word: see BodyRewriter.
    private static readonly string[] Texts = ["text/", .. TextsBesideText];

    /// <summary>Set when the gateway answers in the asset's stead.</summary>
    public Refusal? Instead { get; private set; }

    /// <summary>The answer is a file to save.</summary>
    public bool IsDownload { get; private set; }

    /// <summary>The asset has answered.</summary>
    public bool Answered { get; private set; }

    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        foreach (var name in proxyRequest.Headers.Select(h => h.Key).Where(name => AssetHeaders.Stops(name, session)).ToList())
        {
            proxyRequest.Headers.Remove(name);
        }

        foreach (var name in proxyRequest.Content?.Headers.Select(h => h.Key).Where(HeaderRules.StopsRequest).ToList() ?? [])
        {
            proxyRequest.Content!.Headers.Remove(name);
        }

        var request = httpContext.Request;
        proxyRequest.RequestUri = RequestUtilities.MakeDestinationAddress(session.Target.Origin, request.Path, request.QueryString);
        foreach (var (name, value) in AssetHeaders.Of(request, session, exchange))
        {
            proxyRequest.Headers.Remove(name);
            proxyRequest.Headers.TryAddWithoutValidation(name, value);
        }

        Replace("If-None-Match", request.Headers.IfNoneMatch);
        if (request.Headers.Range.Count == 0)
        {
            // With Range it is asked whether more of the same bytes can come: not of these.
            Replace("If-Match", request.Headers.IfMatch);
        }

        if (session.Policy.RewriteBodies)
        {
            // What the gateway can open. A part of a compressed body it cannot.
            proxyRequest.Headers.Remove("Accept-Encoding");
            proxyRequest.Headers.TryAddWithoutValidation("Accept-Encoding", request.Headers.Range.Count > 0 ? "identity" : "gzip, deflate, br");
        }

        // Where a limit could be got round by a request hidden in the body of an allowed one, that one is its connection's last.
        proxyRequest.Headers.ConnectionClose = proxyRequest.Content is not null && (session.Policy.RestrictsPaths || WebPolicy.AllMethods.Any(m => !session.Policy.Allows(m)));

        void Replace(string name, StringValues tags)
        {
            if (EntityTags.AreShown(tags))
            {
                proxyRequest.Headers.Remove(name);
                proxyRequest.Headers.TryAddWithoutValidation(name, EntityTags.OfAsset(tags).ToString());
            }
        }
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        if (proxyResponse is null)
        {
            return false;
        }

        exchange.Answered();
        Answered = true;
        var (request, response) = (httpContext.Request, httpContext.Response);
        var path = request.Path.ToUriComponent();
        AnswerHeaders.Apply(response, session, path, new StringValues([.. proxyResponse.Headers.Connection]));
        if (session.SignIn is not null && await SignedInAgainAsync(request, proxyResponse, cancellationToken))
        {
            exchange.Note("The asset had forgotten its sign-in; signed in again.");
            response.Clear();
            response.StatusCode = StatusCodes.Status307TemporaryRedirect;
            response.Headers.Location = path + request.QueryString;
            response.Headers.SetCookie = new StringValues([.. session.Cookies.Shown()]);
            response.Headers.CacheControl = "no-store";
            return false;
        }

        if (proxyResponse.StatusCode == HttpStatusCode.Unauthorized && session.SignsRequests)
        {
            // The browser must not ask its user for the asset's password.
            response.Headers.Remove("WWW-Authenticate");
            exchange.Note("The asset refused the stored credential.");
            if (SessionPage.IsForPeople(request))
            {
                Instead = new Refusal(StatusCodes.Status502BadGateway, "The asset refused the stored credential for this page. Ask an admin to check the service's credential.");
                return false;
            }
        }

        if (response.Headers.Location.ToString() is { Length: > 0 } location)
        {
            var own = session.Own.ToBrowser(location, path);
            if (own is null && Leads(proxyResponse.StatusCode))
            {
                exchange.Note("Kept from leading the browser elsewhere.");
                Instead = new Refusal(StatusCodes.Status502BadGateway, $"The asset sends the browser to {location}, which is not part of this service. If it belongs to the HMI, an admin can add its name to the service, or make a service for it.");
                return false;
            }

            if (own is null)
            {
                exchange.Note("Its Location is not part of this service; it was left out.");
            }

            response.Headers.Location = own;
        }

        PrepareBody(request, response, proxyResponse);
        return true;
    }

    // Where a browser goes by itself (Fetch, section 2.2.6: redirect status). Elsewhere Location only says where something is (RFC 9110, section 10.2.2).
    private static bool Leads(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    private async Task<bool> SignedInAgainAsync(HttpRequest request, HttpResponseMessage answer, CancellationToken cancellationToken) =>
        (answer.StatusCode == HttpStatusCode.Unauthorized || session.SignIn!.LeadsToForm(answer.Headers.Location?.OriginalString))
        && !WebPolicy.MayChange(request.Method)
        && await session.SignInAgainAsync(cancellationToken);

    private void PrepareBody(HttpRequest request, HttpResponse response, HttpResponseMessage answer)
    {
        var type = response.ContentType ?? "";
        var disposition = response.Headers.ContentDisposition;
        IsDownload = disposition.ToString().StartsWith("attachment", StringComparison.OrdinalIgnoreCase) || type.StartsWith("application/octet-stream", StringComparison.OrdinalIgnoreCase);
        if (IsDownload)
        {
            body.Capture = new BodyCapture(0, hash: true);
        }

        var isText = Texts.Any(text => type.StartsWith(text, StringComparison.OrdinalIgnoreCase)) || type.Contains("+json", StringComparison.OrdinalIgnoreCase);
        var isWhole = answer.StatusCode != HttpStatusCode.PartialContent && StringValues.IsNullOrEmpty(response.Headers.ContentEncoding);
        var mayBePacked = isText && !StringValues.IsNullOrEmpty(request.Headers.AcceptEncoding);
        if (session.Policy.RewriteBodies && isText && isWhole && !IsDownload && !type.Contains("utf-16", StringComparison.OrdinalIgnoreCase))
        {
            body.Rewriter = new BodyRewriter(session.Own.Rules);
            if (HttpMethods.IsHead(request.Method) || answer.StatusCode == HttpStatusCode.NotModified)
            {
                // How long the text would become is not known; with a body, the body says it.
                response.Headers.ContentLength = null;
            }
        }

        var isChanged = isWhole && (body.Rewriter is not null || mayBePacked);
        if (response.Headers.ETag is [{ } tag] && (isChanged || (answer.StatusCode == HttpStatusCode.NotModified && EntityTags.AreShown(request.Headers.IfNoneMatch))))
        {
            response.Headers.ETag = EntityTags.Shown(tag);
        }

        if (isChanged)
        {
            // Parts come as the asset has them: a text of which some is here already cannot go on with them.
            response.Headers.AcceptRanges = "none";
        }

        body.FlushesWrites = mayBePacked;
    }
}
