using System.Net.Http;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sallyport.Gateway.Web.Trace;

namespace Sallyport.Gateway.Web.Asset;

/// <summary>
/// One session's connections to its asset. Whatever a request, a redirect or a header says, they lead to the one end point of
/// the target and nowhere else; and no session shares a connection with another.
/// </summary>
internal sealed class AssetClient : IDisposable
{
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(30);
    private const int MaxResponseHeadersKilobytes = 64;

    private readonly WebTarget _target;
    private readonly Action<string> _certificateChanged;
    private readonly GatewayRequestTrace _own;
    private readonly TimeProvider _time;

    /// <param name="certificateChanged">Told the other certificate's SHA-256 when the asset shows one that is not pinned.</param>
    public AssetClient(WebTarget target, WebPolicy policy, WebCredential? credential, GatewayRequestTrace own, TimeProvider time, Action<string> certificateChanged)
    {
        (_target, _own, _time, _certificateChanged) = (target, own, time, certificateChanged);
        Requests = new HttpMessageInvoker(Handler(policy.MaxConnections, policy.RewriteBodies, credential));

        // Sockets stay open: they must not use up the connections that requests need.
        Sockets = new HttpMessageInvoker(Handler(policy.MaxConcurrentRequests, decompress: false, credential));
    }

    public HttpMessageInvoker Requests { get; }

    public HttpMessageInvoker Sockets { get; }

    public void Dispose()
    {
        Requests.Dispose();
        Sockets.Dispose();
    }

    private HttpMessageHandler Handler(int maxConnections, bool decompress, WebCredential? credential)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = decompress ? System.Net.DecompressionMethods.All : System.Net.DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionIdleTimeout = IdleTimeout,
            RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1,
            ResponseHeaderEncodingSelector = (_, _) => Encoding.Latin1,
            MaxConnectionsPerServer = maxConnections,
            MaxResponseHeadersLength = MaxResponseHeadersKilobytes,
            ConnectCallback = ConnectAsync,
            SslOptions = AssetTls.Options(_target.Host, _target.LegacyTls, Accepts),
        };
        return credential is WebCredential.Digest digest ? new DigestHandler(digest, handler, _own, _time) : handler;
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        // The name is for Host and SNI only; what it resolves to is nobody's business.
        var socket = new Socket(_target.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(_target.EndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool Accepts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null || _target.CertificateSha256 is null)
        {
            return false;
        }

        var shown = CertificatePin.Of(certificate);
        if (CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(shown), Encoding.ASCII.GetBytes(_target.CertificateSha256)))
        {
            return true;
        }

        _certificateChanged(shown);
        return false;
    }
}
