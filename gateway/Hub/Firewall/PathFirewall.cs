using System.Globalization;
using System.Text;
using Microsoft.Extensions.Options;

namespace Sallyport.Hub.Firewall;

/// <summary>
/// The hub's own nftables table: everything is dropped but what a path element lets through, and elements end by the
/// kernel's own timeout. Both directions of a flow are looked up on every packet (no "established accept"), so taking an
/// element away, or its end, cuts what runs over it.
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
    public async Task<IReadOnlyList<string>> MendAsync(OrderedPaths paths, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        var wanted = paths.Elements();
        var listing = await ListAsync(cancellationToken);
        if (listing is null || listing.DifferencesTo(_loaded!) is { Count: > 0 })
        {
            found.Add(listing is null ? "The firewall table was missing." : $"The firewall was changed by somebody else: {string.Join(", ", listing.DifferencesTo(_loaded!))}.");
            await LoadAsync(wanted.Where(w => w.Value > TimeSpan.Zero).Select(w => (w.Key, Seconds(w.Value))), cancellationToken);
        }

        // With a table that was missing, all paths have just been loaded.
        var elements = listing?.Elements ?? wanted.ToDictionary(w => w.Key, w => (int?)Seconds(w.Value));
        foreach (var (element, seconds) in elements)
        {
            if (!wanted.TryGetValue(element, out var remaining) || remaining < -Tolerance)
            {
                found.Add($"The path {element} was open without an order.");
                await RemoveAsync(element, cancellationToken);
            }
            else if (remaining > TimeSpan.Zero && (seconds is not { } end || (TimeSpan.FromSeconds(end) - remaining).Duration() > Tolerance))
            {
                found.Add($"The path {element} had another end than ordered.");
                await SetAsync(element, Seconds(remaining), cancellationToken);
            }
        }

        foreach (var (element, remaining) in wanted.Where(w => !elements.ContainsKey(w.Key)))
        {
            if (remaining > Tolerance)
            {
                found.Add($"The path {element} was missing.");
                await SetAsync(element, Seconds(remaining), cancellationToken);
            }
            else if (remaining < -Tolerance)
            {
                // The kernel has ended it; what was connected over it need not stay in its table.
                await Connections.CutAsync(element, cancellationToken);
                paths.Forget(element);
            }
        }

        return found;
    }

    /// <summary>Opens, or moves the end: in one transaction, so that a running flow does not notice.</summary>
    /// <exception cref="CommandException">It is not there afterwards.</exception>
    public async Task SetAsync(PathElement element, int seconds, CancellationToken cancellationToken)
    {
        await NftAsync($"{Deletion(element)}add element inet {Table} paths {{ {Timed(element, seconds)} }}\n", cancellationToken);
        if ((await ListAsync(cancellationToken))?.Elements.ContainsKey(element) is not true && seconds > Tolerance.TotalSeconds)
        {
            throw new CommandException("The path is not there after it was opened.");
        }
    }

    /// <summary>Takes the element away, kills what is connected over it, and reads back.</summary>
    /// <exception cref="CommandException">It is still there.</exception>
    public async Task RemoveAsync(PathElement element, CancellationToken cancellationToken)
    {
        await NftAsync(Deletion(element), cancellationToken);
        await Connections.CutAsync(element, cancellationToken);
        if ((await ListAsync(cancellationToken))?.Elements.ContainsKey(element) is true)
        {
            throw new CommandException("The path is still open after it was closed.");
        }
    }

    private async Task LoadAsync(IEnumerable<(PathElement Element, int Seconds)> paths, CancellationToken cancellationToken)
    {
        var script = new StringBuilder(Rules());
        foreach (var (element, seconds) in paths)
        {
            script.Append(CultureInfo.InvariantCulture, $"add element inet {Table} paths {{ {Timed(element, seconds)} }}\n");
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
    private static string Deletion(PathElement element) => $"add element inet {Table} paths {{ {Timed(element, 1)} }}\ndelete element inet {Table} paths {{ {element} }}\n";

    private static string Timed(PathElement element, int seconds)
    {
        // To nft, a timeout of 0 s is none at all: the path would never end.
        ArgumentOutOfRangeException.ThrowIfLessThan(seconds, 1);
        return $"{element} timeout {seconds.ToString(CultureInfo.InvariantCulture)}s";
    }

    private static int Seconds(TimeSpan remaining) => Math.Max(1, (int)Math.Ceiling(remaining.TotalSeconds));

    private static Task<string> NftAsync(string script, CancellationToken cancellationToken) => Command.RunAsync("nft", ["-f", "-"], script, cancellationToken);
}
