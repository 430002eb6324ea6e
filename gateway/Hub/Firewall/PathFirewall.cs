using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Sallyport.Contracts.Links;

namespace Sallyport.Hub.Firewall;

/// <summary>A path as the kernel knows it.</summary>
public readonly record struct PathElement(string Gateway, string Address, int Port)
{
    public override string ToString() => $"{Gateway} . {Address} . {Port}";
}

/// <summary>
/// The hub's own nftables table: everything is dropped but what a path element lets through, and elements end by the
/// kernel's own timeout. The original direction of a flow is looked up on every packet (no "established accept"), so
/// taking an element away cuts what runs over it.
/// </summary>
public sealed class PathFirewall(IOptions<HubOptions> options)
{
    private const string Table = "sallyport";

    /// <summary>Loads the table if it is not there; leaves living elements alone if it is.</summary>
    /// <returns>Whether it had to be loaded.</returns>
    public async Task<bool> EnsureAsync(CancellationToken cancellationToken)
    {
        if (await Command.SucceedsAsync("nft", ["list", "chain", "inet", Table, "forward"], cancellationToken)
            && await Command.SucceedsAsync("nft", ["list", "set", "inet", Table, "paths"], cancellationToken)
            && await Command.SucceedsAsync("nft", ["list", "chain", "inet", Table, "input"], cancellationToken))
        {
            return false;
        }

        var (tunnel, gateways, port) = (options.Value.Interface, options.Value.GatewayInterface, options.Value.ListenPort);
        await NftAsync(
            $$"""
            table inet {{Table}}
            delete table inet {{Table}}
            table inet {{Table}} {
              set paths { type ipv4_addr . ipv4_addr . inet_service; flags timeout; }
              chain forward {
                type filter hook forward priority filter; policy drop;
                tcp flags syn tcp option maxseg size set rt mtu
                ct direction reply ct state established,related accept
                iifname "{{gateways}}" oifname "{{tunnel}}" ip saddr . ip daddr . tcp dport @paths accept
              }
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct direction reply ct state established,related accept
                iifname != "{{tunnel}}" udp dport {{port}} accept
                iifname "{{tunnel}}" icmp type echo-request accept
                icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
              }
              chain hide {
                type nat hook postrouting priority srcnat;
                iifname "{{gateways}}" oifname "{{tunnel}}" masquerade
              }
            }

            """,
            cancellationToken);
        return true;
    }

    /// <summary>Opens, or moves the end: in one transaction, so that a running flow does not notice.</summary>
    public async Task SetAsync(PathElement element, int seconds, CancellationToken cancellationToken)
    {
        // To nft, a timeout of 0 s is none at all: the path would never end.
        ArgumentOutOfRangeException.ThrowIfLessThan(seconds, 1);
        var timed = $"add element inet {Table} paths {{ {element} timeout {seconds.ToString(CultureInfo.InvariantCulture)}s }}\n";
        var known = (await ElementsAsync(cancellationToken)).Contains(element);
        await NftAsync(known ? $"delete element inet {Table} paths {{ {element} }}\n{timed}" : timed, cancellationToken);
    }

    /// <summary>Takes the element away, kills what is connected over it, and reads back.</summary>
    /// <exception cref="CommandException">It is still there.</exception>
    public async Task RemoveAsync(PathElement element, CancellationToken cancellationToken)
    {
        if ((await ElementsAsync(cancellationToken)).Contains(element))
        {
            await NftAsync($"delete element inet {Table} paths {{ {element} }}\n", cancellationToken);
        }

        // Fails when there is no such flow, which is as good.
        await Command.SucceedsAsync("conntrack", ["-D", "-p", "tcp", "-s", element.Gateway, "-d", element.Address, "--dport", element.Port.ToString(CultureInfo.InvariantCulture)], cancellationToken);
        if ((await ElementsAsync(cancellationToken)).Contains(element))
        {
            throw new CommandException("The path is still open after it was closed.");
        }
    }

    public async Task<HashSet<PathElement>> ElementsAsync(CancellationToken cancellationToken)
    {
        using var json = JsonDocument.Parse(await Command.RunAsync("nft", ["-j", "list", "set", "inet", Table, "paths"], cancellationToken));
        var elements = new HashSet<PathElement>();
        foreach (var item in json.RootElement.GetProperty("nftables").EnumerateArray())
        {
            if (!item.TryGetProperty("set", out var set) || !set.TryGetProperty("elem", out var list))
            {
                continue;
            }

            foreach (var entry in list.EnumerateArray())
            {
                // An element that somebody added without a timeout is printed without the wrapper.
                var concat = (entry.TryGetProperty("elem", out var timed) ? timed.GetProperty("val") : entry).GetProperty("concat");
                elements.Add(new PathElement(concat[0].GetString()!, concat[1].GetString()!, concat[2].GetInt32()));
            }
        }

        return elements;
    }

    private static Task<string> NftAsync(string script, CancellationToken cancellationToken) => Command.RunAsync("nft", ["-f", "-"], script, cancellationToken);
}
