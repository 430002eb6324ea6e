using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Sallyport.Benchmarks.Rig;

/// <summary>The programs that a benchmark starts, and waiting for them.</summary>
internal static class Children
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Input and output are pipes of ours; errors go where ours go.</summary>
    public static Process Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = Path.GetTempPath() };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
    }

    public static async Task RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Start(program, arguments);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} failed with {process.ExitCode}.");
        }
    }

    public static async Task WaitAsync(string what, Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        for (var waited = Stopwatch.StartNew(); !await condition(); await Task.Delay(50, cancellationToken))
        {
            if (waited.Elapsed > Patience)
            {
                throw new TimeoutException($"{what} did not come up within {Patience.TotalSeconds} s.");
            }
        }
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Resident memory of a process, in bytes: all of it, and what no other process shares (proc_pid_smaps(5)).</summary>
    public static (long Resident, long Private) MemoryOf(int processId)
    {
        var (resident, unshared) = (0L, 0L);
        foreach (var line in File.ReadLines($"/proc/{processId}/smaps_rollup"))
        {
            var value = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            switch (value[0])
            {
                case "Rss:":
                    resident = Kilobytes(value[1]);
                    break;
                case "Private_Clean:" or "Private_Dirty:":
                    unshared += Kilobytes(value[1]);
                    break;
            }
        }

        return (resident, unshared);

        static long Kilobytes(string number) => long.Parse(number) * 1024;
    }
}
