using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;
using Sallyport.Contracts.Links;

namespace Sallyport.Hub.WireGuard;

/// <summary>The hub's WireGuard interface, by <c>wg</c> and <c>ip</c>. The kernel's where it has one, else wireguard-go, which lives on when the hub restarts.</summary>
public sealed class WireGuardDevice(IOptions<HubOptions> options)
{
    private const int Mtu = 1280;
    private readonly string _name = options.Value.Interface;
    private readonly string _keyFile = Path.Combine(options.Value.DataFolder, "wireguard.key");
    private readonly string _endpointsFile = Path.Combine(options.Value.DataFolder, "endpoints");

    /// <summary>Makes the key pair at the first start; gives the public half.</summary>
    public async Task<string> PublicKeyAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.Value.DataFolder);
        if (!File.Exists(_keyFile))
        {
            var key = await Command.RunAsync("wg", ["genkey"], cancellationToken);
            await using var file = new FileStream(_keyFile, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
            await file.WriteAsync(System.Text.Encoding.ASCII.GetBytes(key), cancellationToken);
        }

        return (await Command.RunAsync("wg", ["pubkey"], await File.ReadAllTextAsync(_keyFile, cancellationToken), cancellationToken)).Trim();
    }

    /// <summary>Brings the interface up with its key and port; an interface that is there keeps its peers and their sessions.</summary>
    public async Task UpAsync(CancellationToken cancellationToken)
    {
        if (!await Command.SucceedsAsync("ip", ["link", "show", _name], cancellationToken)
            && !await Command.SucceedsAsync("ip", ["link", "add", _name, "type", "wireguard"], cancellationToken))
        {
            await Command.RunAsync("wireguard-go", [_name], cancellationToken);
        }

        await Command.RunAsync("wg", ["set", _name, "listen-port", options.Value.ListenPort.ToString(CultureInfo.InvariantCulture), "private-key", "/dev/stdin"], await File.ReadAllTextAsync(_keyFile, cancellationToken), cancellationToken);
        await Command.RunAsync("ip", ["link", "set", _name, "mtu", Mtu.ToString(CultureInfo.InvariantCulture), "up"], cancellationToken);
    }

    public async Task AddressAsync(string address, IEnumerable<string> routes, CancellationToken cancellationToken)
    {
        await Command.RunAsync("ip", ["addr", "replace", $"{address}/32", "dev", _name], cancellationToken);
        foreach (var route in routes)
        {
            await Command.RunAsync("ip", ["route", "replace", route, "dev", _name], cancellationToken);
        }
    }

    /// <summary>Public key → its prefixes, as they are now.</summary>
    public async Task<Dictionary<string, string[]>> PeersAsync(CancellationToken cancellationToken) =>
        Lines(await Command.RunAsync("wg", ["show", _name, "allowed-ips"], cancellationToken))
            .ToDictionary(line => line[0], line => line[1] == "(none)" ? [] : line[1].Split(' '), StringComparer.Ordinal);

    public async Task SetPeerAsync(PeerOrder peer, CancellationToken cancellationToken)
    {
        await Command.RunAsync("wg", ["set", _name, "peer", peer.PublicKey, "allowed-ips", string.Join(',', peer.AllowedIps)], cancellationToken);
        if ((await SavedEndpointsAsync(cancellationToken)).TryGetValue(peer.PublicKey, out var endpoint))
        {
            await Command.RunAsync("wg", ["set", _name, "peer", peer.PublicKey, "endpoint", endpoint], cancellationToken);
        }
    }

    public Task RemovePeerAsync(string publicKey, CancellationToken cancellationToken) =>
        Command.RunAsync("wg", ["set", _name, "peer", publicKey, "remove"], cancellationToken);

    /// <summary>One packet to each peer, so that an idle tunnel shakes hands now and not in two minutes.</summary>
    public static async Task PokeAsync(IEnumerable<string> tunnelAddresses, CancellationToken cancellationToken)
    {
        using var socket = new System.Net.Sockets.UdpClient();
        foreach (var address in tunnelAddresses)
        {
            // Port 9 is "discard"; the edge drops it, and the handshake has happened.
            try
            {
                await socket.SendAsync(new byte[] { 0 }, new IPEndPoint(IPAddress.Parse(address), 9), cancellationToken);
            }
            catch (System.Net.Sockets.SocketException)
            {
                // A peer that has never dialled in has no endpoint yet.
            }
        }
    }

    public async Task<IReadOnlyList<PeerHealth>> HealthAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var handshakes = Lines(await Command.RunAsync("wg", ["show", _name, "latest-handshakes"], cancellationToken));
        var endpoints = Lines(await Command.RunAsync("wg", ["show", _name, "endpoints"], cancellationToken)).ToDictionary(l => l[0], l => l[1], StringComparer.Ordinal);
        var transfer = Lines(await Command.RunAsync("wg", ["show", _name, "transfer"], cancellationToken)).ToDictionary(l => l[0], StringComparer.Ordinal);
        return
        [
            .. handshakes.Select(line =>
            {
                var at = long.Parse(line[1], CultureInfo.InvariantCulture);
                var moved = transfer.GetValueOrDefault(line[0]);
                return new PeerHealth(
                    line[0],
                    endpoints.GetValueOrDefault(line[0]) is { } endpoint && endpoint != "(none)" ? endpoint : null,
                    at == 0 ? null : Math.Max(0, (now - DateTimeOffset.FromUnixTimeSeconds(at)).TotalSeconds),
                    moved is null ? 0 : long.Parse(moved[1], CultureInfo.InvariantCulture),
                    moved is null ? 0 : long.Parse(moved[2], CultureInfo.InvariantCulture));
            }),
        ];
    }

    public Task SaveEndpointsAsync(IEnumerable<PeerHealth> peers, CancellationToken cancellationToken) =>
        File.WriteAllLinesAsync(_endpointsFile, peers.Where(p => p.Endpoint is not null).Select(p => $"{p.PublicKey}\t{p.Endpoint}"), cancellationToken);

    private async Task<Dictionary<string, string>> SavedEndpointsAsync(CancellationToken cancellationToken) =>
        File.Exists(_endpointsFile)
            ? Lines(await File.ReadAllTextAsync(_endpointsFile, cancellationToken)).Where(l => IPEndPoint.TryParse(l[1], out _)).ToDictionary(l => l[0], l => l[1], StringComparer.Ordinal)
            : [];

    private static IEnumerable<string[]> Lines(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).Where(line => line.Length >= 2);
}
