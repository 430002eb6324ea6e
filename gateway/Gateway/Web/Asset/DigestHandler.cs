using System.Net;
using System.Net.Http.Headers;
using Sallyport.Gateway.Web.Trace;

namespace Sallyport.Gateway.Web.Asset;

/// <summary>
/// Answers the asset's Digest challenges (RFC 7616) ahead, with the nonce that it gave last. The framework's own way asks anew for each
/// request and cannot send a streamed body twice; here a body is sent only once a nonce is known to be good.
/// </summary>
internal sealed class DigestHandler(WebCredential.Digest credential, HttpMessageHandler inner, GatewayRequestTrace own, TimeProvider time) : DelegatingHandler(inner)
{
    private static readonly TimeSpan Trusted = TimeSpan.FromSeconds(10);

    private volatile DigestChallenge? _challenge;
    private long _confirmed;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is not null && (_challenge is null || time.GetElapsedTime(Volatile.Read(ref _confirmed)) > Trusted))
        {
            using var question = new HttpRequestMessage(HttpMethod.Head, request.RequestUri) { Version = request.Version, VersionPolicy = request.VersionPolicy };
            question.Headers.Host = request.Headers.Host;
            (await own.SendAsync(question, "asks for the nonce of the digest log-in.", () => SendWithAnswerAsync(question, cancellationToken))).Dispose();
        }

        return await SendWithAnswerAsync(request, cancellationToken);
    }

    private async Task<HttpResponseMessage> SendWithAnswerAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var used = Authorize(request);
        var response = await base.SendAsync(request, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Unauthorized)
        {
            Volatile.Write(ref _confirmed, time.GetTimestamp());
            return response;
        }

        if (DigestChallenge.Best(response.Headers.WwwAuthenticate) is not { } challenge)
        {
            return response;
        }

        _challenge = challenge;

        // Answered and refused: the credential is wrong. A body went with it, so this request is lost; the next has the new nonce.
        if ((used is not null && !challenge.IsStale && used.Nonce == challenge.Nonce) || request.Content is not null)
        {
            return response;
        }

        response.Dispose();
        Authorize(request);
        response = await base.SendAsync(request, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Unauthorized)
        {
            Volatile.Write(ref _confirmed, time.GetTimestamp());
        }

        return response;
    }

    private DigestChallenge? Authorize(HttpRequestMessage request)
    {
        var challenge = _challenge;
        if (challenge is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Digest", challenge.Answer(credential, request.Method.Method, request.RequestUri!.PathAndQuery));
        }

        return challenge;
    }
}
