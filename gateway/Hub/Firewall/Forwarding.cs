namespace Sallyport.Hub.Firewall;

/// <summary>Without the kernel's forwarding no path works, and nothing says why.</summary>
internal static class Forwarding
{
    private const string Setting = "/proc/sys/net/ipv4/ip_forward";

    /// <param name="turnOn">False where other things share the namespace: making a router of that machine is not the hub's business.</param>
    /// <returns>What was found, for a person; null: it is on.</returns>
    public static async Task<string?> ReconcileAsync(bool turnOn, CancellationToken cancellationToken)
    {
        if ((await File.ReadAllTextAsync(Setting, cancellationToken)).Trim() == "1")
        {
            return null;
        }

        try
        {
            if (turnOn)
            {
                await File.WriteAllTextAsync(Setting, "1", cancellationToken);
                return "Forwarding was off.";
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            // Told below: somebody else has to do it.
        }

        return "Forwarding is off and no path works: set net.ipv4.ip_forward=1 where the hub runs.";
    }
}
