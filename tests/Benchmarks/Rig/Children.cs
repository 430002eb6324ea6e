using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Sallyport.Benchmarks.Rig;

/// <summary>The programs that a benchmark starts, and waiting for them.</summary>
internal static class Children
{
    // sysconf(_SC_CLK_TCK): 100 on every Linux that .NET runs on.
    private const double ClockTicksPerSecond = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly ConcurrentBag<Process> Started = [];

    /// <summary>Input and output are pipes of ours; errors go where ours go.</summary>
    /// <param name="quiet">It says on its error output what is of no interest, and may say it.</param>
    public static Process Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, bool quiet = false)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = quiet, WorkingDirectory = Path.GetTempPath() };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        Started.Add(process);
        if (quiet)
        {
            process.BeginErrorReadLine();
        }

        return process;
    }

    /// <summary>Kills what is left of all that was started.</summary>
    public static void StopAll()
    {
        while (Started.TryTake(out var process))
        {
            try
            {
                process.Kill(entireProcessTree: true);
            }
            catch (InvalidOperationException)
            {
                // Disposed of by whoever started it.
            }
        }
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

    /// <summary>Whether something takes connections there.</summary>
    public static async Task<bool> ListensAsync(int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
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

    /// <summary>Processor time of a process and of all that it has started, those that have ended included (proc_pid_stat(5)).</summary>
    public static TimeSpan ProcessorTimeOf(int processId)
    {
        var all = ReadStats();
        return TimeSpan.FromSeconds(Tree(all, processId).Sum(id => all[id].Ticks) / ClockTicksPerSecond);
    }

    /// <summary>The processes that one has started, and those that they have.</summary>
    public static IReadOnlyList<int> DescendantsOf(int processId) => [.. Tree(ReadStats(), processId).Skip(1)];

    private static IEnumerable<int> Tree(Dictionary<int, (int Parent, long Ticks)> all, int root) =>
        all.ContainsKey(root) ? all.Where(p => p.Value.Parent == root).SelectMany(p => Tree(all, p.Key)).Prepend(root) : [];

    private static Dictionary<int, (int Parent, long Ticks)> ReadStats()
    {
        var all = new Dictionary<int, (int, long)>();
        foreach (var folder in Directory.GetDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            try
            {
                // The name before may hold anything, a closing bracket too.
                var stat = File.ReadAllText($"{folder}/stat");
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                all[int.Parse(Path.GetFileName(folder))] = (int.Parse(fields[1]), fields[11..15].Sum(long.Parse));
            }
            catch (IOException)
            {
                // It has ended.
            }
        }

        return all;
    }
}
