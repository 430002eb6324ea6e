using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Sallyport.Gateway.Web;

/// <summary>
/// Requests with far more headers than any need. An HMI's script can set cookies for the whole web domain, as many as the browser holds for one, and
/// then they come with every request of the bar and of every other session there. Whoever has a session must still get through with them.
/// </summary>
internal static class OversizedHeaders
{
    // Chromium and Firefox hold 180 cookies of 4 KiB for a domain, and Chromium 10 KiB more of partitioned ones. Less than the MiB of a request's body that
    // Kestrel takes in for anybody.
    private const int MostBytes = 768 * 1024;

    // Over HTTP/2 each cookie is a header of its own (RFC 9113, section 8.2.3).
    private const int MostHeaders = 400;

    // What Kestrel takes by itself.
    private const int UsualBytes = 32 * 1024;

    public static void RaiseLimits(KestrelServerLimits limits) => (limits.MaxRequestHeadersTotalSize, limits.MaxRequestHeaderCount) = (MostBytes, MostHeaders);

    /// <summary>
    /// For who has no session here: such a request ends the connection, and with it whatever else its streams hold. HPACK makes much of few
    /// bytes, and one connection could otherwise keep a hundred such requests in memory.
    /// </summary>
    /// <returns>Was it one?</returns>
    public static bool AbortConnection(HttpContext http)
    {
        var bytes = 0;
        foreach (var (name, values) in http.Request.Headers)
        {
            foreach (var value in values)
            {
                bytes += name.Length + (value?.Length ?? 0);
            }
        }

        if (bytes <= UsualBytes)
        {
            return false;
        }

        http.Features.Get<IConnectionLifetimeFeature>()?.Abort();
        http.Abort();
        return true;
    }
}
