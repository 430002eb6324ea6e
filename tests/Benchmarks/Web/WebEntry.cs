using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Sallyport.Contracts;

namespace Sallyport.Benchmarks.Web;

/// <summary>A browser's way into a web session: from the ticket to the bar, and from the bar's page into the HMI's frame.</summary>
internal static partial class WebEntry
{
    /// <returns>The headers that let a request of the HMI's own page in; null when the gateway does not answer yet, or not with a session.</returns>
    public static async Task<IReadOnlyList<(string Name, string Value)>?> EnterAsync(int port, WebOrigins origins, Guid session, string ticket, CancellationToken cancellationToken)
    {
        var cookies = new CookieContainer();
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            CookieContainer = cookies,
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, port, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
            SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null },
        };
        using var client = new HttpClient(handler);
        try
        {
            using var entered = await client.GetAsync(new Uri($"{origins.Bar(session)}/?ticket={ticket}"), cancellationToken);
            if (entered.StatusCode != HttpStatusCode.SeeOther)
            {
                return null;
            }

            var bar = await client.GetStringAsync(new Uri($"{origins.Bar(session)}/"), cancellationToken);
            using var frame = await client.GetAsync(new Uri(WebUtility.HtmlDecode(Frame().Match(bar).Groups["url"].Value)), cancellationToken);
            var hmi = new Uri(origins.Hmi(session));
            return [("Host", hmi.Authority), ("Cookie", cookies.GetCookieHeader(hmi)), ("Origin", origins.Hmi(session))];
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    [GeneratedRegex("<iframe[^>]* src=\"(?<url>[^\"]*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Frame();
}
