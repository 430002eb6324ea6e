using System.Globalization;
using System.Net;

namespace Sallyport.Hub.Firewall;

/// <summary>Takes flows out of the kernel's connection table, and reads back that they are gone.</summary>
internal static class Connections
{
    /// <exception cref="CommandException">A flow is still there.</exception>
    public static Task CutAsync(PathElement path, CancellationToken cancellationToken) =>
        CutAsync(["-p", "tcp", "-s", path.Gateway.ToString(), "-d", path.Address.ToString(), "--dport", path.Port.ToString(CultureInfo.InvariantCulture)], cancellationToken);

    /// <summary>Everything to and from a plant's prefix.</summary>
    /// <exception cref="CommandException">A flow is still there.</exception>
    public static async Task CutAsync(IPNetwork prefix, CancellationToken cancellationToken)
    {
        await CutAsync(["-d", prefix.ToString()], cancellationToken);
        await CutAsync(["-s", prefix.ToString()], cancellationToken);
    }

    private static async Task CutAsync(string[] which, CancellationToken cancellationToken)
    {
        // Fails when there is no such flow, which is as good; the reading back fails when it cannot be known.
        await Command.SucceedsAsync("conntrack", ["-D", .. which], cancellationToken);
        if (await Command.RunAsync("conntrack", ["-L", .. which], cancellationToken) is { Length: > 0 } left)
        {
            throw new CommandException($"A connection is still there after it was cut: {left.Split('\n')[0]}");
        }
    }
}
