using System.Globalization;

namespace Sallyport.Hub.Firewall;

/// <summary>Where this process stands: in a network namespace made for it, or in the machine's.</summary>
internal static class NetworkNamespace
{
    /// <summary>When it cannot be known, it is taken for the machine's.</summary>
    public static async Task<bool> IsOwnAsync(CancellationToken cancellationToken)
    {
        // The kernel has this setting in its first namespace only (net/core/sysctl_net_core.c).
        if (File.Exists("/proc/sys/net/core/netdev_max_backlog"))
        {
            return false;
        }

        // The first process of a container whose network is not the machine's.
        if (Environment.ProcessId == 1)
        {
            return true;
        }

        // Inside a container, its own first process is the measure. Reading that takes rights that the hub need not have;
        // then it is enough that somebody made the namespace by name.
        return Of("1") is { } first
            ? first != Of("self")
            : (await Command.RunAsync("ip", ["netns", "identify", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)], cancellationToken)).Trim().Length > 0;
    }

    private static string? Of(string process)
    {
        try
        {
            return new FileInfo($"/proc/{process}/ns/net").LinkTarget;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return null;
        }
    }
}
