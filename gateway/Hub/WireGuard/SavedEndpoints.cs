using System.Net;
using Microsoft.Extensions.Options;
using Sallyport.Contracts.Links;

namespace Sallyport.Hub.WireGuard;

/// <summary>
/// Where each peer was last heard from. A hub that comes back, or gets a peer back, speaks first and need not wait minutes
/// for the plant's next handshake. So what was heard once is kept when the peer is not there for a while.
/// </summary>
public sealed class SavedEndpoints(IOptions<HubOptions> options)
{
    /// <summary>Beyond this many, only those that are there now are kept.</summary>
    private const int Most = 20_000;

    private readonly string _file = Path.Combine(options.Value.DataFolder, "endpoints");
    private readonly SemaphoreSlim _gate = new(1, 1);
    private Dictionary<string, string>? _known;

    public async Task SaveAsync(IEnumerable<PeerHealth> peers, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var known = await KnownAsync(cancellationToken);
            var heard = peers.Where(p => p.Endpoint is not null).ToDictionary(p => p.PublicKey, p => p.Endpoint!, StringComparer.Ordinal);
            if (heard.All(h => known.GetValueOrDefault(h.Key) == h.Value))
            {
                return;
            }

            var merged = known.Count > Most ? heard : known.Where(k => !heard.ContainsKey(k.Key)).Concat(heard).ToDictionary(StringComparer.Ordinal);

            // Whole or not at all: the hub may be killed in the middle of it.
            await File.WriteAllLinesAsync($"{_file}.new", merged.Select(p => $"{p.Key}\t{p.Value}"), cancellationToken);
            File.Move($"{_file}.new", _file, overwrite: true);
            _known = merged;
        }
        finally
        {
            _gate.Release();
        }
    }

    public async Task<string?> FindAsync(string publicKey, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return (await KnownAsync(cancellationToken)).GetValueOrDefault(publicKey);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<Dictionary<string, string>> KnownAsync(CancellationToken cancellationToken) =>
        _known ??= File.Exists(_file)
            ? (await File.ReadAllLinesAsync(_file, cancellationToken)).Select(l => l.Split('\t')).Where(l => l.Length == 2 && IPEndPoint.TryParse(l[1], out _)).DistinctBy(l => l[0], StringComparer.Ordinal).ToDictionary(l => l[0], l => l[1], StringComparer.Ordinal)
            : [];
}
