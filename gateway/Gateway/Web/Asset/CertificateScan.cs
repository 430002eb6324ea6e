using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Sallyport.Gateway.Web.Asset;

/// <summary>Connects, reads the certificate and hangs up, for an admin to compare and pin.</summary>
internal static class CertificateScan
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public static async Task<CertificateScanResult> ScanAsync(IPEndPoint endPoint, string host, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(endPoint, host, legacy: false, Limit, cancellationToken);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            // No common TLS of today; what old TLS finds is reported as such, for the admin to decide.
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return CertificateScanResult.Failed($"The asset does not answer at that address and port ({Reason(e)}). Is it switched on, and is it the right port?");
        }

        try
        {
            return await ReadAsync(endPoint, host, legacy: true, Limit, cancellationToken);
        }
        catch (Exception e) when (e is AuthenticationException or SocketException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return CertificateScanResult.Failed($"The asset answers, but not with TLS ({Reason(e)}). Does it speak plain HTTP at this port?");
        }
    }

    /// <param name="limit">For the connection, and once more for TLS.</param>
    /// <exception cref="AuthenticationException">No common TLS.</exception>
    /// <exception cref="IOException">No TLS, or none in time.</exception>
    /// <exception cref="SocketException">No answer.</exception>
    /// <exception cref="OperationCanceledException">No answer in time; or the caller's wish.</exception>
    public static async Task<CertificateScanResult> ReadAsync(IPEndPoint endPoint, string host, bool legacy, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(limit);
        using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endPoint, timeout.Token);

        // A slow network must not leave TLS without time, and be taken for what speaks none.
        timeout.CancelAfter(limit);
        await using var stream = new SslStream(new NetworkStream(socket, ownsSocket: false));

#pragma warning disable CA5359 // To be shown to a person who decides; nothing but the handshake is sent over this connection.
        try
        {
            await stream.AuthenticateAsClientAsync(AssetTls.Options(host, legacy, (_, _, _, _) => true), timeout.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException("It accepts a connection and does not answer a TLS greeting.", e);
        }
#pragma warning restore CA5359
        using var certificate = X509CertificateLoader.LoadCertificate(stream.RemoteCertificate!.GetRawCertData());
        return new CertificateScanResult(
            CertificatePin.Of(certificate),
            certificate.Subject,
            certificate.Issuer,
            new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero),
            stream.SslProtocol.ToString(),
            legacy,
            null);
    }

    private static string Reason(Exception e) => e is OperationCanceledException ? "timeout" : e.InnerException?.Message ?? e.Message;
}

/// <param name="Sha256">Lowercase hexadecimal; null when it failed.</param>
/// <param name="Protocol">Such as <c>Tls13</c>.</param>
/// <param name="NeedsLegacyTls">It speaks nothing newer than TLS 1.1, or only with ciphers or keys that are refused today.</param>
/// <param name="Error">For a person; null when it succeeded.</param>
public sealed record CertificateScanResult(string? Sha256, string? Subject, string? Issuer, DateTimeOffset? NotAfter, string? Protocol, bool NeedsLegacyTls, string? Error)
{
    internal static CertificateScanResult Failed(string error) => new(null, null, null, null, null, false, error);
}
