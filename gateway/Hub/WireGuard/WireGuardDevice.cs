using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Sallyport.Contracts.Links;
using Sallyport.Hub.Firewall;

namespace Sallyport.Hub.WireGuard;

/// <summary>The hub's WireGuard interface, by <c>wg</c> and <c>ip</c>. The kernel's where it has one, else wireguard-go, which lives on when the hub restarts.</summary>
public sealed class WireGuardDevice(IOptions<HubOptions> options, SavedEndpoints endpoints)
{
    private const int Mtu = 1280;
    private const int PeersPerCommand = 200;
    private readonly string _name = options.Value.Interface;
    private readonly string _port = options.Value.ListenPort.ToString(CultureInfo.InvariantCulture);
    private readonly string _keyFile = Path.Combine(options.Value.DataFolder, "wireguard.key");
    private string? _publicKey;

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

        return _publicKey = (await Command.RunAsync("wg", ["pubkey"], await File.ReadAllTextAsync(_keyFile, cancellationToken), cancellationToken)).Trim();
    }

    /// <summary>Brings the interface up with its key and port; an interface that is there keeps its peers and their sessions.</summary>
    public async Task UpAsync(CancellationToken cancellationToken)
    {
        if (!await ExistsAsync(cancellationToken) && !await Command.SucceedsAsync("ip", ["link", "add", _name, "type", "wireguard"], cancellationToken))
        {
            await Command.RunAsync("wireguard-go", [_name], cancellationToken);
        }

        await Command.RunAsync("wg", ["set", _name, "listen-port", _port, "private-key", "/dev/stdin"], await File.ReadAllTextAsync(_keyFile, cancellationToken), cancellationToken);
        await Command.RunAsync("ip", ["link", "set", _name, "mtu", Mtu.ToString(CultureInfo.InvariantCulture), "up"], cancellationToken);
    }

    /// <summary>Compares interface, addresses, routes and peers with what shall be, mends them, and says what was found.</summary>
    public async Task<IReadOnlyList<string>> ReconcileAsync(Overlay overlay, IReadOnlyDictionary<string, Peer> ordered, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        if (!await ExistsAsync(cancellationToken))
        {
            found.Add($"The interface {_name} was missing.");
            await UpAsync(cancellationToken);
        }
        else if (await ShowAsync("public-key", cancellationToken) != _publicKey || await ShowAsync("listen-port", cancellationToken) != _port || !await IsUpAsync(cancellationToken))
        {
            found.Add($"The interface {_name} had another key or port, or was down.");
            await UpAsync(cancellationToken);
        }

        if (!await IsAddressedAsync(overlay, cancellationToken))
        {
            found.Add($"The interface {_name} had other addresses or routes.");
            await AddressAsync(overlay, cancellationToken);
        }

        var peers = await PeersAsync(cancellationToken);
        var strays = peers.Keys.Where(key => !ordered.ContainsKey(key)).ToArray();
        found.AddRange(strays.Select(stray => $"The peer {stray} was there without an order."));
        await RemovePeersAsync(strays, cancellationToken);

        var wrong = ordered.Values.Where(peer => !peers.TryGetValue(peer.PublicKey, out var prefixes) || !peer.Has(prefixes)).ToArray();
        found.AddRange(wrong.Select(peer => peers.ContainsKey(peer.PublicKey) ? $"The peer {peer.PublicKey} had other prefixes than ordered." : $"The peer {peer.PublicKey} was missing."));
        await SetPeersAsync(wrong, cancellationToken);
        return found;
    }

    /// <summary>Adds the peers or gives them other prefixes; what was connected through prefixes that they lose is cut. Reads back.</summary>
    /// <exception cref="CommandException">One is not there as ordered.</exception>
    public async Task SetPeersAsync(IReadOnlyCollection<Peer> wanted, CancellationToken cancellationToken)
    {
        if (wanted.Count == 0)
        {
            return;
        }

        // After a hub's restart these are all its plants: so many at once as a command line takes.
        var before = await PeersAsync(cancellationToken);
        foreach (var some in wanted.Chunk(PeersPerCommand))
        {
            var arguments = new List<string> { "set", _name };
            foreach (var peer in some)
            {
                arguments.AddRange(["peer", peer.PublicKey, "allowed-ips", string.Join(',', peer.Prefixes)]);
                if (!before.ContainsKey(peer.PublicKey) && await endpoints.FindAsync(peer.PublicKey, cancellationToken) is { } endpoint)
                {
                    arguments.AddRange(["endpoint", endpoint]);
                }
            }

            await Command.RunAsync("wg", arguments, cancellationToken);
        }

        await Connections.CutAsync([.. wanted.SelectMany(peer => before.GetValueOrDefault(peer.PublicKey, []).Except(peer.Prefixes))], cancellationToken);
        var after = await PeersAsync(cancellationToken);
        if (wanted.FirstOrDefault(peer => !after.TryGetValue(peer.PublicKey, out var prefixes) || !peer.Has(prefixes)) is { } wrong)
        {
            throw new CommandException($"The peer {wrong.PublicKey} is not as ordered after it was set.");
        }
    }

    /// <summary>Removes the peers, cuts what is connected through them, and reads back. One that is not there is removed already.</summary>
    /// <exception cref="CommandException">One is still there.</exception>
    public async Task RemovePeersAsync(IReadOnlyCollection<string> publicKeys, CancellationToken cancellationToken)
    {
        if (publicKeys.Count == 0)
        {
            return;
        }

        var before = await PeersAsync(cancellationToken);
        foreach (var some in publicKeys.Chunk(PeersPerCommand))
        {
            await Command.RunAsync("wg", ["set", _name, .. some.SelectMany(key => new[] { "peer", key, "remove" })], cancellationToken);
        }

        await Connections.CutAsync([.. publicKeys.SelectMany(key => before.GetValueOrDefault(key, []))], cancellationToken);
        var after = await PeersAsync(cancellationToken);
        if (publicKeys.FirstOrDefault(after.ContainsKey) is { } left)
        {
            throw new CommandException($"The peer {left} is still there after it was removed.");
        }
    }

    /// <summary>One packet to each peer, so that an idle tunnel shakes hands now and not in two minutes.</summary>
    public static async Task SendKeepaliveAsync(IEnumerable<Peer> peers, CancellationToken cancellationToken)
    {
        using var socket = new UdpClient();
        foreach (var address in peers.Select(p => p.TunnelAddress).OfType<IPAddress>())
        {
            try
            {
                await socket.SendAsync(new byte[] { 0 }, new IPEndPoint(address, HubOptions.KeepalivePort), cancellationToken);
            }
            catch (SocketException)
            {
                // A peer that has never dialled in has no endpoint yet.
            }
        }
    }

    public async Task<IReadOnlyList<PeerHealth>> HealthAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var handshakes = Lines(await ShowAsync("latest-handshakes", cancellationToken));
        var addresses = Lines(await ShowAsync("endpoints", cancellationToken)).ToDictionary(l => l[0], l => l[1], StringComparer.Ordinal);
        var transfer = Lines(await ShowAsync("transfer", cancellationToken)).ToDictionary(l => l[0], StringComparer.Ordinal);
        return
        [
            .. handshakes.Select(line =>
            {
                var at = long.Parse(line[1], CultureInfo.InvariantCulture);
                var moved = transfer.GetValueOrDefault(line[0]);
                return new PeerHealth(
                    line[0],
                    addresses.GetValueOrDefault(line[0]) is { } endpoint && endpoint != "(none)" ? endpoint : null,
                    at == 0 ? null : Math.Max(0, (now - DateTimeOffset.FromUnixTimeSeconds(at)).TotalSeconds),
                    moved is null ? 0 : long.Parse(moved[1], CultureInfo.InvariantCulture),
                    moved is null ? 0 : long.Parse(moved[2], CultureInfo.InvariantCulture));
            }),
        ];
    }

    private async Task AddressAsync(Overlay overlay, CancellationToken cancellationToken)
    {
        await Command.RunAsync("ip", ["addr", "flush", "dev", _name], cancellationToken);
        await Command.RunAsync("ip", ["addr", "replace", $"{overlay.Hub}/32", "dev", _name], cancellationToken);
        await Command.RunAsync("ip", ["route", "flush", "dev", _name], cancellationToken);
        foreach (var route in new[] { overlay.Virtual, overlay.Tunnel })
        {
            await Command.RunAsync("ip", ["route", "replace", route.ToString(), "dev", _name], cancellationToken);
        }
    }

    private async Task<bool> IsAddressedAsync(Overlay overlay, CancellationToken cancellationToken)
    {
        using var addresses = JsonDocument.Parse(await Command.RunAsync("ip", ["-j", "-4", "addr", "show", "dev", _name], cancellationToken));
        using var routes = JsonDocument.Parse(await Command.RunAsync("ip", ["-j", "-4", "route", "show", "dev", _name], cancellationToken));
        return Texts(addresses.RootElement.EnumerateArray().Where(l => l.TryGetProperty("addr_info", out _)).SelectMany(l => l.GetProperty("addr_info").EnumerateArray()), "local").SetEquals([overlay.Hub.ToString()])
            && Texts(routes.RootElement.EnumerateArray(), "dst").SetEquals([overlay.Virtual.ToString(), overlay.Tunnel.ToString()]);

        static HashSet<string?> Texts(IEnumerable<JsonElement> items, string property) => [.. items.Select(i => i.GetProperty(property).GetString())];
    }

    private async Task<bool> IsUpAsync(CancellationToken cancellationToken)
    {
        using var link = JsonDocument.Parse(await Command.RunAsync("ip", ["-j", "link", "show", _name], cancellationToken));
        return link.RootElement[0].GetProperty("flags").EnumerateArray().Any(f => f.GetString() == "UP") && link.RootElement[0].GetProperty("mtu").GetInt32() == Mtu;
    }

    private Task<bool> ExistsAsync(CancellationToken cancellationToken) => Command.SucceedsAsync("ip", ["link", "show", _name], cancellationToken);

    private async Task<Dictionary<string, IPNetwork[]>> PeersAsync(CancellationToken cancellationToken) =>
        Lines(await ShowAsync("allowed-ips", cancellationToken))
            .ToDictionary(line => line[0], line => line[1] == "(none)" ? [] : line[1].Split(' ').Select(IPNetwork.Parse).ToArray(), StringComparer.Ordinal);

    private async Task<string> ShowAsync(string what, CancellationToken cancellationToken) => (await Command.RunAsync("wg", ["show", _name, what], cancellationToken)).Trim();

    private static IEnumerable<string[]> Lines(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).Where(line => line.Length >= 2);
}
