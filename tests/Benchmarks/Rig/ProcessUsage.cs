namespace Sallyport.Benchmarks.Rig;

/// <summary>What the programs that a benchmark starts use of memory and processor.</summary>
internal static class ProcessUsage
{
    // sysconf(_SC_CLK_TCK): 100 on every Linux that .NET runs on.
    private const double ClockTicksPerSecond = 100;

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
