using System.Globalization;
using Sallyport.Benchmarks.Rig;

namespace Sallyport.Benchmarks.Terminal;

/// <summary>
/// What the gateway's process grows by for each of 200 sessions that stand at their prompt with a browser attached. An
/// <c>ssh</c> process is counted by what it shares with no other, so 200 of them would not look larger than they are.
/// </summary>
internal sealed class IdleSessionMemory : IBenchmark
{
    private const int Sessions = 200;
    private const int DirectSessions = 20;
    private const int AtOnce = 4;
    private const double AimMegabytes = 1;

    // One that reads; a second lives for a moment, while somebody types or the connection is kept alive.
    private const double AimThreads = 1.1;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(3);

    public string Name => "memory";

    public async Task<IReadOnlyList<Row>> RunAsync(CancellationToken cancellationToken)
    {
        await using var rig = await TerminalRig.StartAsync(cancellationToken);

        // Code that only a second session reaches is not the sessions'.
        await CloseAsync(await OpenAsync(rig, AtOnce, cancellationToken));
        var before = await SettledAsync(rig.GatewayProcessId, cancellationToken);
        var threadsBefore = Threads(rig.GatewayProcessId);
        var terminals = await OpenAsync(rig, Sessions, cancellationToken);
        var after = await SettledAsync(rig.GatewayProcessId, cancellationToken);
        var threads = (double)(Threads(rig.GatewayProcessId) - threadsBefore) / Sessions;
        await CloseAsync(terminals);

        var ours = (after - before) / 1e6 / Sessions;
        var direct = await DirectAsync(rig, cancellationToken) / 1e6;
        return
        [
            new Row(
                $"memory of an idle session, at {Sessions}",
                string.Create(CultureInfo.InvariantCulture, $"{ours:0.00} MB"),
                string.Create(CultureInfo.InvariantCulture, $"ssh process {direct:0.00} MB"),
                string.Create(CultureInfo.InvariantCulture, $"{ours / direct * 100:0} %"),
                "< 1 MB",
                ours < AimMegabytes),
            new Row($"threads of an idle session, at {Sessions}", threads.ToString("0.00", CultureInfo.InvariantCulture), "ssh process 1", "", "≤ 1.1", threads <= AimThreads),
        ];
    }

    private static int Threads(int processId) => Directory.GetDirectories($"/proc/{processId}/task").Length;

    private static async Task<List<BrowserTerminal>> OpenAsync(TerminalRig rig, int count, CancellationToken cancellationToken)
    {
        var terminals = new List<BrowserTerminal>();
        while (terminals.Count < count)
        {
            terminals.AddRange(await Task.WhenAll(Enumerable.Range(0, Math.Min(AtOnce, count - terminals.Count)).Select(_ => rig.OpenAsync(cancellationToken))));
        }

        await Task.WhenAll(terminals.Select(terminal => Expect.TextAsync(terminal, "# ", cancellationToken)));
        return terminals;
    }

    private static async Task CloseAsync(List<BrowserTerminal> terminals)
    {
        foreach (var terminal in terminals)
        {
            await terminal.DisposeAsync();
        }

        // The gateway keeps a session for a second (LinkGraceSeconds) after its browser left.
        await Task.Delay(Settle);
    }

    private static async Task<long> SettledAsync(int processId, CancellationToken cancellationToken)
    {
        await Task.Delay(Settle, cancellationToken);
        await GarbageCollection.ForceAsync(processId, cancellationToken);
        await Task.Delay(Settle, cancellationToken);
        return ProcessUsage.MemoryOf(processId).Resident;
    }

    private static async Task<double> DirectAsync(TerminalRig rig, CancellationToken cancellationToken)
    {
        var clients = new List<PlainSsh>();
        try
        {
            for (var i = 0; i < DirectSessions; i++)
            {
                clients.Add(PlainSsh.Start(rig.Asset, terminal: true, null));
                Expect.Text(clients[i].Output, "# ");
            }

            await Task.Delay(Settle, cancellationToken);
            return clients.Average(client => (double)ProcessUsage.MemoryOf(client.ProcessId).Private);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }
}
