using System.Net.Sockets;
using Renci.SshNet.Common;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Terminal.Ssh;

/// <summary>Sees which key an asset shows, and hangs up. Of one that is too old for that, what it offers instead.</summary>
internal static class HostKeyScanner
{
    private static readonly TimeSpan OfferTimeout = TimeSpan.FromSeconds(5);

    public static async Task<HostKeyScanResult> ScanAsync(SshDestination destination, CancellationToken cancellationToken)
    {
        var algorithms = new SshAlgorithms(destination.LegacyAlgorithms);
        var (key, failure) = await SshThread.RunAsync("host key scan", () => ReadKey(destination, cancellationToken));
        if (key is not null)
        {
            return new HostKeyScanResult(key.Blob, key.Algorithm, key.Fingerprint, null);
        }

        var old = failure!.InnerException is SshConnectionException e && AlgorithmMismatch.Describe(e, algorithms) is not null
            && await ReadOfferAsync(destination, cancellationToken) is { } offer
                ? AlgorithmMismatch.Describe(offer, algorithms)
                : null;
        return new HostKeyScanResult(null, null, null, old?.Sentence ?? failure.Message, old?.Needed);
    }

    private static (HostKey? Key, AssetFailureException? Failure) ReadKey(SshDestination destination, CancellationToken cancellationToken)
    {
        using var connection = new SshConnection(destination with { PinnedHostKey = null }, new SshSignIn(new AssetCredential("scan", "", null)));
        try
        {
            connection.OpenShell(80, 24, null, cancellationToken);
            return (connection.Shown, null);
        }
        catch (AssetFailureException e)
        {
            // Once it was shown: it was not trusted, as intended.
            return (connection.Shown, e);
        }
    }

    private static async Task<SshOffer?> ReadOfferAsync(SshDestination destination, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(OfferTimeout);
        try
        {
            return await SshOffer.ReadAsync(destination.Address, destination.Port, deadline.Token);
        }
        catch (Exception e) when (e is IOException or SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // It answered a moment ago; what was understood then is said.
            return null;
        }
    }
}
