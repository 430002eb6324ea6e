using Sallyport.Recording;

namespace Sallyport.Gateway.Web.Trace;

/// <summary>
/// Requests that the gateway makes of itself, such as to sign in. They are recorded as the browser's are, but for their bodies, lengths and
/// headers, which have the credential.
/// </summary>
internal sealed class GatewayRequestTrace(HttpRecorder recorder, TimeProvider time)
{
    private static readonly IReadOnlyDictionary<string, string> NoHeaders = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <param name="why">For the reader of the recording.</param>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string why, Func<Task<HttpResponseMessage>> send)
    {
        var (number, path, started) = (recorder.Next(), recorder.PathOf(request.RequestUri!), time.GetTimestamp());
        await recorder.WriteAsync(new HttpBegun(number, request.Method.Method, path));
        HttpResponseMessage? answer = null;
        try
        {
            return answer = await send();
        }
        finally
        {
            var took = Math.Round(time.GetElapsedTime(started).TotalMilliseconds, 1);
            await recorder.WriteAsync(new HttpExchange(number, request.Method.Method, path, "HTTP/1.1", (int?)answer?.StatusCode ?? 0, took, took, 0, 0, NoHeaders, NoHeaders, Notes: [$"By the gateway: {why}"]));
        }
    }
}
