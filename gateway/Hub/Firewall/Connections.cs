using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Sallyport.Hub.Firewall;

/// <summary>Takes flows out of the kernel's connection table, and reads back that they are gone.</summary>
internal static partial class Connections
{
    /// <summary>Each walks through the kernel's whole table, which takes some milliseconds.</summary>
    private const int FlowsPerCommand = 100;

    /// <exception cref="CommandException">A flow is still there.</exception>
    public static Task CutAsync(IReadOnlyCollection<PathElement> paths, CancellationToken cancellationToken)
    {
        var wanted = paths.ToHashSet();

        // Mostly it is one, and the table may be long.
        string[] filter = paths.Count == 1 && paths.First() is var one ? ["-p", "tcp", "-s", one.Gateway.ToString(), "-d", one.Address.ToString(), "--dport", one.Port.ToString(CultureInfo.InvariantCulture)] : [];
        return CutAsync(filter, flow => flow.Protocol == "tcp" && wanted.Contains(new PathElement(flow.Source, flow.Destination, flow.Port)), cancellationToken);
    }

    /// <summary>Everything to and from plants' prefixes.</summary>
    /// <exception cref="CommandException">A flow is still there.</exception>
    public static Task CutAsync(IReadOnlyCollection<IPNetwork> prefixes, CancellationToken cancellationToken) =>
        prefixes.Count == 0 ? Task.CompletedTask : CutAsync([], flow => prefixes.Any(p => p.Contains(flow.Source) || p.Contains(flow.Destination)), cancellationToken);

    private static async Task CutAsync(string[] filter, Func<Flow, bool> which, CancellationToken cancellationToken)
    {
        var flows = await ListAsync(filter, which, cancellationToken);
        if (flows.Count == 0)
        {
            return;
        }

        // One that has ended meanwhile is no fault: the reading back tells.
        foreach (var some in flows.Chunk(FlowsPerCommand))
        {
            var script = string.Concat(some.Select(f => f.Port > 0 ? $"-D -p {f.Protocol} -s {f.Source} -d {f.Destination} --dport {f.Port}\n" : $"-D -s {f.Source} -d {f.Destination}\n"));
            await Command.RunAsync("conntrack", ["-R", "-"], script, cancellationToken);
        }

        if (await ListAsync(filter, which, cancellationToken) is [var left, ..])
        {
            throw new CommandException($"A connection from {left.Source} to {left.Destination} is still there after it was cut.");
        }
    }

    // By the original direction, as the first addresses of a line are.
    private static async Task<IReadOnlyList<Flow>> ListAsync(string[] filter, Func<Flow, bool> which, CancellationToken cancellationToken) =>
        (await Command.RunAsync("conntrack", ["-L", .. filter], cancellationToken)).Split('\n')
            .Select(line => Line().Match(line))
            .Where(match => match.Success)
            .Select(match => new Flow(
                match.Groups["protocol"].Value,
                IPAddress.Parse(match.Groups["source"].Value),
                IPAddress.Parse(match.Groups["destination"].Value),
                match.Groups["port"].Success ? int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture) : 0))
            .Where(which)
            .Distinct()
            .ToArray();

    [GeneratedRegex(@"^(?<protocol>\w+) .*?src=(?<source>[\d.]+) dst=(?<destination>[\d.]+)( sport=\d+ dport=(?<port>\d+))?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();

    private sealed record Flow(string Protocol, IPAddress Source, IPAddress Destination, int Port);
}
