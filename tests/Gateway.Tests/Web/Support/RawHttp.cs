using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sallyport.Gateway.Tests.Web.Support;

/// <summary>Bytes as no client library would send them.</summary>
internal static class RawHttp
{
    /// <returns>Everything that comes back until the gateway closes, or nothing has come for two seconds.</returns>
    public static async Task<string> SendAsync(int port, string bytes)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(bytes));
        var answer = new StringBuilder();
        var buffer = new byte[16 * 1024];
        try
        {
            while (true)
            {
                using var quiet = new CancellationTokenSource(TimeSpan.FromSeconds(2));
                var count = await stream.ReadAsync(buffer, quiet.Token);
                if (count == 0)
                {
                    break;
                }

                answer.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // It waits for more, or has had enough.
        }

        return answer.ToString();
    }
}
