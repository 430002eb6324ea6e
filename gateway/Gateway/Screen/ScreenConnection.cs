using System.Net.Sockets;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Screen.Rfb;
using Sallyport.Gateway.Screen.Rfb.Asset;
using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Screen;

/// <summary>Connects to an asset's VNC server.</summary>
internal static class ScreenConnection
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>A shadow of 4K: larger panels have not been seen, and each session's memory is bounded by it.</summary>
    private const int MaxPixels = 3840 * 2160;

    /// <param name="control">To work, not only to look; of consequence where the asset has a password for each.</param>
    /// <param name="screen"><inheritdoc cref="RfbClient.ConnectAsync" path="/param[@name='screen']"/></param>
    /// <exception cref="AssetFailureException">Why not, for the technician.</exception>
    public static async Task<RfbClient> OpenAsync(SessionSpec order, bool control, ScreenShadow? screen, TimeProvider time, CancellationToken cancellationToken)
    {
        var secret = control ? order.Credential.Password : order.Credential.ViewPassword ?? order.Credential.Password;
        var settings = order.Screen ?? new ScreenSettings();
        try
        {
            return await ConnectAsync(
                order.Address,
                order.Port,
                new RfbClientOptions
                {
                    UserName = order.Credential.UserName is { Length: > 0 } user ? user : null,
                    Password = secret is { Length: > 0 } ? secret : null,
                    CertificatePin = order.HostKey,
                    AskedFormat = settings.KeepPixelFormat ? null : PixelFormat.Bgrx,
                    Shared = !settings.Exclusive,
                    MaxPixels = MaxPixels,
                },
                screen,
                time,
                cancellationToken);
        }
        catch (RfbFailureException e)
        {
            throw new AssetFailureException(e.Failure.EndReason, e.Failure.Message);
        }
    }

    /// <summary>Reads the certificate that the server shows, where it has one.</summary>
    public static async Task<HostKeyScanResult> ScanAsync(HostKeyScan scan, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await using var client = await ConnectAsync(scan.Address, scan.Port, new RfbClientOptions(), null, time, cancellationToken);
            return new HostKeyScanResult(null, null, null, $"This server shows no certificate ({client.Security}). There is nothing to pin; a session can begin without.");
        }
        catch (RfbFailureException e) when (e.Failure.CertificatePin is { } pin)
        {
            return new HostKeyScanResult(pin, "x509", $"SHA256:{pin}", null);
        }
        catch (RfbFailureException e) when (e.Failure.Kind == RfbFailureKind.PasswordMissing)
        {
            return new HostKeyScanResult(null, null, null, "This server shows no certificate and asks for a password. There is nothing to pin; a session can begin without.");
        }
        catch (RfbFailureException e)
        {
            return new HostKeyScanResult(null, null, null, e.Failure.Message);
        }
        catch (AssetFailureException e)
        {
            return new HostKeyScanResult(null, null, null, e.Message);
        }
    }

    private static async Task<RfbClient> ConnectAsync(string address, int port, RfbClientOptions options, ScreenShadow? screen, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        DeadPeerDetection.Enable(socket, DeadPeerDetection.After);
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(ConnectTimeout);
            await socket.ConnectAsync(address, port, timeout.Token);
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            socket.Dispose();
            throw new AssetFailureException(
                SessionEndReason.AssetLost,
                e is SocketException { SocketErrorCode: SocketError.ConnectionRefused }
                    ? "The asset answers, but its VNC server is off. Was the panel restarted? Some switch it off then; it is switched on at the panel."
                    : "The asset does not answer. Is it switched on?");
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return await RfbClient.ConnectAsync(new NetworkStream(socket, ownsSocket: true), options, time, cancellationToken, screen);
    }
}
