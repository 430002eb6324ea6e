using System.Net;
using Microsoft.Extensions.Options;
using Sallyport.Contracts.Links;

namespace Sallyport.Hub.WireGuard;

/// <summary>Where each peer was last heard from: after a restart the hub can speak first, and need not wait minutes for the plant's next handshake.</summary>
public sealed class SavedEndpoints(IOptions<HubOptions> options)
{
    private readonly string _file = Path.Combine(options.Value.DataFolder, "endpoints");

    public async Task SaveAsync(IEnumerable<PeerHealth> peers, CancellationToken cancellationToken)
    {
        // Whole or not at all: the hub may be killed in the middle of it.
        await File.WriteAllLinesAsync($"{_file}.new", peers.Where(p => p.Endpoint is not null).Select(p => $"{p.PublicKey}\t{p.Endpoint}"), cancellationToken);
        File.Move($"{_file}.new", _file, overwrite: true);
    }

    public async Task<string?> FindAsync(string publicKey, CancellationToken cancellationToken) =>
        File.Exists(_file)
            ? (await File.ReadAllLinesAsync(_file, cancellationToken)).Select(l => l.Split('\t')).Where(l => l.Length == 2 && l[0] == publicKey && IPEndPoint.TryParse(l[1], out _)).Select(l => l[1]).FirstOrDefault()
            : null;
}
