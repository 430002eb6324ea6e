using System.Net;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Web.Asset;

namespace Sallyport.Gateway.Web;

/// <summary>Web HMIs, by HTTP: their sessions are where <see cref="WebFeature.UseWebSessions"/> puts them.</summary>
internal sealed class WebProtocol : ISessionProtocol
{
    public ServiceKind Kind => ServiceKind.Web;

    public void Map(IEndpointRouteBuilder endpoints)
    {
    }

    public async Task<HostKeyScanResult> ScanAsync(HostKeyScan scan, CancellationToken cancellationToken)
    {
        var found = await CertificateScan.ScanAsync(new IPEndPoint(IPAddress.Parse(scan.Address), scan.Port), scan.Address, cancellationToken);
        return new HostKeyScanResult(found.Sha256, found.Subject, found.Sha256 is { } pin ? $"SHA256:{pin}" : null, found.Error);
    }
}
