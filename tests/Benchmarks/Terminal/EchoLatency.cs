using System.Diagnostics;
using System.Globalization;
using Sallyport.Benchmarks.Rig;

namespace Sallyport.Benchmarks.Terminal;

/// <summary>
/// A key typed until its echo is back. Both ways end at <c>cat</c> on a raw pseudo-terminal of the same sshd; rounds alternate,
/// so that whatever else the machine does meets both.
/// </summary>
internal sealed class EchoLatency : IBenchmark
{
    private const int Rounds = 20;
    private const int KeysPerRound = 100;
    private const double AimMilliseconds = 1;
    private const string Raw = "stty raw -echo; printf re%s ady; exec cat";

    public string Name => "echo";

    public async Task<IReadOnlyList<Row>> RunAsync(CancellationToken cancellationToken)
    {
        await using var rig = await TerminalRig.StartAsync(cancellationToken);
        using var ssh = PlainSsh.Start(rig.Asset, terminal: true, Raw);
        await using var browser = await rig.OpenAsync(cancellationToken);
        Expect.Text(ssh.Output, "ready");
        await browser.TypeAsync(System.Text.Encoding.ASCII.GetBytes(Raw + "\n"), cancellationToken);
        await Expect.TextAsync(browser, "ready", cancellationToken);

        var (ours, direct) = (new Sample(), new Sample());
        for (var round = -2; round < Rounds; round++)
        {
            for (var key = 0; key < KeysPerRound; key++)
            {
                var time = Direct(ssh);
                if (round >= 0)
                {
                    direct.Add(time);
                }

                await PauseAsync(cancellationToken);
            }

            for (var key = 0; key < KeysPerRound; key++)
            {
                var time = await OursAsync(browser, cancellationToken);
                if (round >= 0)
                {
                    ours.Add(time);
                }

                await PauseAsync(cancellationToken);
            }
        }

        var (median, p99) = (ours.Median - direct.Median, ours.P99 - direct.P99);
        return
        [
            new Row(
                "echo of one key, median / p99",
                ours.ToString(),
                $"ssh {direct}",
                string.Create(CultureInfo.InvariantCulture, $"+{median:0.00} / +{p99:0.00} ms"),
                "< +1 ms median",
                median < AimMilliseconds),
        ];
    }

    // Nobody types without a pause; a machine that never sleeps would flatter both.
    private static Task PauseAsync(CancellationToken cancellationToken) => Task.Delay(Random.Shared.Next(2, 7), cancellationToken);

    private static TimeSpan Direct(PlainSsh ssh)
    {
        var start = Stopwatch.GetTimestamp();
        ssh.Input.WriteByte((byte)'a');
        ssh.Input.Flush();
        if (ssh.Output.ReadByte() != 'a')
        {
            throw new InvalidOperationException("ssh echoed something else.");
        }

        return Stopwatch.GetElapsedTime(start);
    }

    private static async Task<TimeSpan> OursAsync(BrowserTerminal browser, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        await browser.TypeAsync("a"u8.ToArray(), cancellationToken);
        var echo = await browser.ReadAsync(cancellationToken);
        return echo.Span is [(byte)'a'] ? Stopwatch.GetElapsedTime(start) : throw new InvalidOperationException("The gateway echoed something else.");
    }
}
