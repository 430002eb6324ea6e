using Microsoft.AspNetCore.Http.Features;
using Sallyport.Gateway.Web.Trace;
using Sallyport.Recording;
using Yarp.ReverseProxy.Forwarder;

namespace Sallyport.Gateway.Web.Forwarding;

/// <summary>One request of a session, from the browser to the asset and back, judged before and recorded after.</summary>
internal sealed partial class AssetForwarder(IHttpForwarder forwarder, SocketRelay sockets, TimeProvider time, ILogger<AssetForwarder> log)
{
    private static readonly Refusal TooMuch = new(StatusCodes.Status503ServiceUnavailable, "The HMI asks for more at once than its service allows. Close other windows of it, or wait a moment.");

    public async Task HandleAsync(HttpContext http, WebSession session, WebAttachment attachment)
    {
        using var lease = session.Enter();
        if (lease is null && session.Ended is not null)
        {
            return;
        }

        var exchange = new Exchange(session.Recorder.Next(), session.Recorder, http.Request, time);
        try
        {
            var isWebSocket = http.WebSockets.IsWebSocketRequest;
            if ((lease is null ? TooMuch : RequestGate.Check(http.Request, isWebSocket, session.Policy, session.HmiOrigin)) is { } refusal)
            {
                exchange.Note($"Refused: {refusal.Message}");
                try
                {
                    await refusal.WriteAsync(http, session);
                }
                finally
                {
                    await exchange.EndAsync(http.Response, answered: true, sent: null, received: null, isDownload: false);
                }

                return;
            }

            // What changes a plant is in the recording before it is in the plant, and many panels change by GET.
            await exchange.BeginAsync();
            if (isWebSocket)
            {
                // What counts as a person's doing are its messages: pages open sockets again by themselves.
                await sockets.HandleAsync(http, session, attachment, exchange);
            }
            else
            {
                NoticeNavigation(http.Request, session);
                await ForwardAsync(http, session, attachment, exchange);
            }
        }
        catch (RecordingException e)
        {
            // Nothing runs unrecorded: the session has ended by it.
            Log.NotRecorded(log, session.Id, e.Message);
            if (http.Response.HasStarted)
            {
                http.Abort();
            }
        }
    }

    private async Task ForwardAsync(HttpContext http, WebSession session, WebAttachment attachment, Exchange exchange)
    {
        var (request, response) = (http.Request, http.Response);
        HeaderRules.DropNominated(request.Headers, request.Headers.Connection);
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = session.Policy.MaxRequestBytes;
        }

        using var sent = session.Recorder.Capture(request.Method);
        var (requestBody, responseBody) = (request.Body, response.Body);
        await using var answer = new AnswerBody(responseBody, response);
        request.Body = new CapturedRequestBody(requestBody, sent);
        response.Body = answer;
        var transformer = new AssetTransformer(session, exchange, answer);
        var config = new ForwarderRequestConfig { Version = System.Net.HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower, ActivityTimeout = session.Policy.AnswerTimeout };
        try
        {
            var error = await forwarder.SendAsync(http, session.Target.Origin, session.Client.Requests, config, transformer, attachment.Left);
            if (error == ForwarderError.None && transformer.Instead is null)
            {
                await answer.FinishAsync(http.RequestAborted);
            }

            (request.Body, response.Body) = (requestBody, responseBody);
            if (error != ForwarderError.None)
            {
                exchange.Note($"Broke off: {error}.");
            }

            if (!response.HasStarted && session.Ended is null && (transformer.Instead ?? Failure(error, response.StatusCode, session)) is { } instead)
            {
                await instead.WriteAsync(http, session);
            }
        }
        finally
        {
            (request.Body, response.Body) = (requestBody, responseBody);
            if (WebPolicy.MayChange(request.Method))
            {
                session.Sent(Line(request), sent.Sha256);
            }

            await exchange.EndAsync(response, transformer.Answered || !http.RequestAborted.IsCancellationRequested, sent, answer.Capture, transformer.IsDownload);
        }
    }

    // A browser vouches for a person's own navigation (Fetch Metadata, section 2.4); without that word it may be a page that reloads itself.
    private static void NoticeNavigation(HttpRequest request, WebSession session)
    {
        if (request.Headers["Sec-Fetch-User"] == "?1")
        {
            session.Touch();
        }
        else if (HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Mode"] == "navigate")
        {
            session.Sent(Line(request), null);
        }
    }

    private static string Line(HttpRequest request) => $"{request.Method} {request.Path}{request.QueryString}";

    private static Refusal? Failure(ForwarderError error, int status, WebSession session) => error switch
    {
        ForwarderError.None => null,
        ForwarderError.RequestTimedOut => new Refusal(StatusCodes.Status504GatewayTimeout, "The asset took too long to answer."),
        ForwarderError.RequestBodyClient when status == StatusCodes.Status413PayloadTooLarge => new Refusal(status, $"This service takes at most {session.Policy.MaxRequestBytes} bytes in one request."),
        ForwarderError.RequestBodyClient => new Refusal(StatusCodes.Status400BadRequest, "The request broke off."),
        _ => new Refusal(StatusCodes.Status502BadGateway, "The asset does not answer, or not as a web server does. Is it switched on, and is its web server running?"),
    };

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Session {SessionId}: a request was not recorded: {Reason}")]
        public static partial void NotRecorded(ILogger logger, Guid sessionId, string reason);
    }
}
