using System.Globalization;
using System.Text;
using Microsoft.Extensions.Options;

namespace Sallyport.Hub.Firewall;

/// <summary>
/// The hub's own nftables table: everything is dropped but what a path element lets through, and elements end by the
/// kernel's own timeout. Both directions of a flow are looked up on every packet (no "established accept"), so taking an
/// element away, or its end, cuts what runs over it. Who stands beside the hub has no path: by itself it begins nothing
/// towards plants but its pokes.
/// </summary>
public sealed class PathFirewall(IOptions<HubOptions> options)
{
    private const string Table = "sallyport";

    /// <summary>By so much the kernel's end of a path and the ordered one may differ: both are rounded to seconds, and nft takes its time.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    // How the kernel lists our rules, read back at once after they were loaded: what they are compared with from then on.
    private FirewallListing? _loaded;

    /// <summary>Loads the rules afresh at the start, whatever was there; paths that live go on living, each to its end.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var living = (await ListAsync(cancellationToken))?.Elements ?? new Dictionary<PathElement, int?>();
        await LoadAsync(living.Where(e => e.Value is > 0).Select(e => (e.Key, e.Value!.Value)), cancellationToken);
    }

    /// <summary>Compares rules and elements with what shall be, mends them, and says what was found.</summary>
    public async Task<IReadOnlyList<string>> ReconcileAsync(OrderedPaths paths, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        var wanted = paths.Elements();
        var listing = await ListAsync(cancellationToken);
        if (listing is null || listing.DifferencesTo(_loaded!) is { Count: > 0 })
        {
            found.Add(listing is null ? "The firewall table was missing." : $"The firewall was changed by somebody else: {string.Join(", ", listing.DifferencesTo(_loaded!))}.");
            await LoadAsync(wanted.Where(w => w.Value > TimeSpan.Zero).Select(w => (w.Key, Seconds(w.Value))), cancellationToken);
        }

        if (await Forwarding.ReconcileAsync(turnOn: !options.Value.SharedHost, cancellationToken) is { } off)
        {
            found.Add(off);
        }

        // With a table that was missing, all paths have just been loaded.
        var (late, stray, over) = (new List<(PathElement Element, int Seconds)>(), new List<PathElement>(), new List<PathElement>());
        var elements = listing?.Elements ?? wanted.ToDictionary(w => w.Key, w => (int?)Seconds(w.Value));
        foreach (var (element, seconds) in elements)
        {
            if (!wanted.TryGetValue(element, out var remaining) || remaining < -Tolerance)
            {
                found.Add($"The path {element} was open without an order.");
                stray.Add(element);
            }
            else if (remaining > TimeSpan.Zero && (seconds is not { } end || (TimeSpan.FromSeconds(end) - remaining).Duration() > Tolerance))
            {
                found.Add($"The path {element} had another end than ordered.");
                late.Add((element, Seconds(remaining)));
            }
        }

        foreach (var (element, remaining) in wanted.Where(w => !elements.ContainsKey(w.Key)))
        {
            if (remaining > Tolerance)
            {
                found.Add($"The path {element} was missing.");
                late.Add((element, Seconds(remaining)));
            }
            else if (remaining < -Tolerance)
            {
                over.Add(element);
            }
        }

        await RemoveAsync(stray, cancellationToken);
        await SetAsync(late, cancellationToken);
        if (over.Count > 0)
        {
            // The kernel has ended them; what was connected over them need not stay in its table.
            await Connections.CutAsync(over, cancellationToken);
            paths.Forget(over);
        }

        return found;
    }

    /// <summary>Opens, or moves the ends: in one transaction, so that a running flow does not notice.</summary>
    /// <exception cref="CommandException">One is not there afterwards.</exception>
    public async Task SetAsync(IReadOnlyCollection<(PathElement Element, int Seconds)> paths, CancellationToken cancellationToken)
    {
        if (paths.Count == 0)
        {
            return;
        }

        var script = new StringBuilder();
        foreach (var (element, seconds) in paths)
        {
            script.Append(Deletion(element)).Append(Addition(element, seconds));
        }

        await NftAsync(script.ToString(), cancellationToken);
        var elements = (await ListAsync(cancellationToken))?.Elements;
        if (paths.Any(p => p.Seconds > Tolerance.TotalSeconds && elements?.ContainsKey(p.Element) is not true))
        {
            throw new CommandException("The path is not there after it was opened.");
        }
    }

    /// <summary>Takes the elements away, kills what is connected over them, and reads back.</summary>
    /// <exception cref="CommandException">One is still there.</exception>
    public async Task RemoveAsync(IReadOnlyCollection<PathElement> elements, CancellationToken cancellationToken)
    {
        if (elements.Count == 0)
        {
            return;
        }

        await NftAsync(string.Concat(elements.Select(Deletion)), cancellationToken);
        await Connections.CutAsync(elements, cancellationToken);
        var left = (await ListAsync(cancellationToken))?.Elements;
        if (elements.Any(element => left?.ContainsKey(element) is true))
        {
            throw new CommandException("The path is still open after it was closed.");
        }
    }

    private async Task LoadAsync(IEnumerable<(PathElement Element, int Seconds)> paths, CancellationToken cancellationToken)
    {
        var script = new StringBuilder(Rules());
        foreach (var (element, seconds) in paths)
        {
            script.Append(Addition(element, seconds));
        }

        await NftAsync(script.ToString(), cancellationToken);
        _loaded = await ListAsync(cancellationToken) ?? throw new CommandException("The firewall table is not there after it was loaded.");
    }

    private string Rules()
    {
        var (tunnel, gateways, port) = (options.Value.Interface, options.Value.GatewayInterface, options.Value.ListenPort);

        // What shares the namespace with a hub is none of the hub's business: there only the tunnel's own traffic is looked at.
        var shared = options.Value.SharedHost;
        var policy = shared ? "accept" : "drop";
        var (notForwarded, notReceived) = shared ? ($"iifname != \"{tunnel}\" oifname != \"{tunnel}\" accept", $"iifname != \"{tunnel}\" accept") : ("", "");
        var rest = shared ? "drop" : "";
        return $$"""
            table inet {{Table}}
            delete table inet {{Table}}
            table inet {{Table}} {
              set paths { type ipv4_addr . ipv4_addr . inet_service; flags timeout; }
              chain forward {
                type filter hook forward priority filter; policy {{policy}};
                {{notForwarded}}
                tcp flags syn tcp option maxseg size set rt mtu
                ct direction reply ct state related accept
                ct direction reply ct state established meta l4proto tcp ct original ip saddr . ct original ip daddr . ct original proto-dst @paths accept
                iifname "{{gateways}}" oifname "{{tunnel}}" ip saddr . ip daddr . tcp dport @paths accept
                {{rest}}
              }
              chain input {
                type filter hook input priority filter; policy {{policy}};
                {{notReceived}}
                iifname "lo" accept
                ct direction reply ct state established,related accept
                iifname != "{{tunnel}}" udp dport {{port}} accept
                iifname "{{tunnel}}" icmp type echo-request accept
                icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
                {{rest}}
              }
              chain pokes {
                type filter hook output priority raw;
                oifname "{{tunnel}}" udp dport {{HubOptions.KeepalivePort}} notrack
              }
              chain output {
                type filter hook output priority filter; policy accept;
                oifname != "{{tunnel}}" accept
                udp dport {{HubOptions.KeepalivePort}} accept
                ct direction reply ct state established,related accept
                drop
              }
              chain hide {
                type nat hook postrouting priority srcnat;
                iifname "{{gateways}}" oifname "{{tunnel}}" masquerade
              }
            }

            """;
    }

    private static async Task<FirewallListing?> ListAsync(CancellationToken cancellationToken)
    {
        try
        {
            return FirewallListing.Parse(await Command.RunAsync("nft", ["-j", "list", "table", "inet", Table], cancellationToken));
        }
        catch (CommandException e) when (e.Message.Contains("No such file or directory", StringComparison.Ordinal))
        {
            return null;
        }
    }

    // Adding it first makes the deletion of one that has just timed out no fault.
    private static string Deletion(PathElement element) => $"{Addition(element, 1)}delete element inet {Table} paths {{ {element} }}\n";

    private static string Addition(PathElement element, int seconds)
    {
        // To nft, a timeout of 0 s is none at all: the path would never end.
        ArgumentOutOfRangeException.ThrowIfLessThan(seconds, 1);
        return $"add element inet {Table} paths {{ {element} timeout {seconds.ToString(CultureInfo.InvariantCulture)}s }}\n";
    }

    private static int Seconds(TimeSpan remaining) => Math.Max(1, (int)Math.Ceiling(remaining.TotalSeconds));

    private static Task<string> NftAsync(string script, CancellationToken cancellationToken) => Command.RunAsync("nft", ["-f", "-"], script, cancellationToken);
}
