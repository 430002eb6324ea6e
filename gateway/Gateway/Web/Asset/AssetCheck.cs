using System.Net.Sockets;
using System.Security.Authentication;
using Sallyport.Contracts;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Web.Asset;

/// <summary>Whether an asset is there, and is the one that was pinned, before a session with it begins.</summary>
internal static class AssetCheck
{
    /// <param name="limit">How long the asset may take to answer.</param>
    /// <exception cref="AssetFailureException">It is not; the message says what to do.</exception>
    public static async Task ConnectAsync(WebTarget target, TimeSpan limit, CancellationToken cancellationToken)
    {
        string? shown = null;
        try
        {
            if (target.Tls)
            {
                // It keeps the limit itself: only there is known whether nothing answered, or something that speaks no TLS.
                shown = (await CertificateScan.ReadAsync(target.EndPoint, target.Host, target.LegacyTls, limit, cancellationToken)).Sha256;
            }
            else
            {
                using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                timeout.CancelAfter(limit);
                using var socket = new Socket(target.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(target.EndPoint, timeout.Token);
            }
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            throw new AssetFailureException(SessionEndReason.AssetLost, "The asset takes a connection, but it and the gateway find no common TLS. If the device is old, an admin can allow old TLS for this service; or it speaks plain HTTP at this port, or its web server hangs.", e);
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new AssetFailureException(SessionEndReason.AssetLost, "The asset does not answer. Is it switched on, and is its web server running?", e);
        }

        if (shown != target.CertificateSha256)
        {
            throw new AssetFailureException(SessionEndReason.HostKeyChanged, ChangedMessage(target, shown!));
        }
    }

    public static string ChangedMessage(WebTarget target, string shown) =>
        $"The asset shows another certificate than the one that was pinned. Pinned: {CertificatePin.Display(target.CertificateSha256!)}. Shown now: {CertificatePin.Display(shown)}. If the device or its certificate was replaced, an admin must pin the new one; if not, do not connect.";
}
