using System.Diagnostics;
using System.Globalization;
using System.Text;
using Sallyport.Benchmarks.Rig;

namespace Sallyport.Benchmarks.Terminal;

/// <summary>A large log file printed in one session that is recorded, against <c>ssh host cat</c>. The clock runs from the key that starts it to the last byte.</summary>
internal sealed class OutputThroughput : IBenchmark
{
    private const int Megabytes = 128;
    private const int Rounds = 5;
    private const double Aim = 0.6;
    private const double TerminalAim = 0.9;

    public string Name => "throughput";

    public async Task<IReadOnlyList<Row>> RunAsync(CancellationToken cancellationToken)
    {
        await using var rig = await TerminalRig.StartAsync(cancellationToken);
        var file = Path.Combine(rig.Asset.Folder, "log");
        var length = await WriteLogAsync(file, cancellationToken);
        var (ours, piped, terminal) = (new Sample(), new Sample(), new Sample());
        for (var round = 0; round < Rounds; round++)
        {
            piped.Add(Direct(rig.Asset, file, length, onTerminal: false));
            ours.Add(await OursAsync(rig, file, length, cancellationToken));
            terminal.Add(Direct(rig.Asset, file, length, onTerminal: true));
        }

        var (ratio, terminalRatio) = (piped.Median / ours.Median, terminal.Median / ours.Median);
        return
        [
            new Row($"output of one recorded terminal, {Megabytes} MB of log", Rate(ours), $"ssh cat {Rate(piped)}", Percent(ratio), "≥ 60 %", ratio >= Aim),
            new Row("the same against ssh with a terminal", Rate(ours), $"ssh -t cat {Rate(terminal)}", Percent(terminalRatio), "≥ 90 %", terminalRatio >= TerminalAim),
        ];

        string Rate(Sample sample) => string.Create(CultureInfo.InvariantCulture, $"{length / 1e6 / (sample.Median / 1000):0} MB/s");

        static string Percent(double part) => string.Create(CultureInfo.InvariantCulture, $"{part * 100:0} %");
    }

    private static string Command(string file) => $"printf re%s ady; head -c 1 > /dev/null; exec cat {file}";

    private static TimeSpan Direct(SshServer asset, string file, long length, bool onTerminal)
    {
        using var ssh = PlainSsh.Start(asset, onTerminal, (onTerminal ? "stty raw -echo; " : "") + Command(file));
        Expect.Text(ssh.Output, "ready");
        var buffer = new byte[64 * 1024];
        var start = Stopwatch.GetTimestamp();
        ssh.Input.WriteByte((byte)'g');
        ssh.Input.Flush();
        for (var left = length; left > 0;)
        {
            var read = ssh.Output.Read(buffer);
            left -= read > 0 ? read : throw new InvalidOperationException("ssh ended early.");
        }

        return Stopwatch.GetElapsedTime(start);
    }

    private static async Task<TimeSpan> OursAsync(TerminalRig rig, string file, long length, CancellationToken cancellationToken)
    {
        await using var browser = await rig.OpenAsync(cancellationToken);
        await browser.TypeAsync(Encoding.ASCII.GetBytes($"stty raw -echo; {Command(file)}\n"), cancellationToken);
        await Expect.TextAsync(browser, "ready", cancellationToken);
        var start = Stopwatch.GetTimestamp();
        await browser.TypeAsync("g"u8.ToArray(), cancellationToken);
        for (var left = length; left > 0;)
        {
            left -= (await browser.ReadAsync(cancellationToken)).Length;
        }

        return Stopwatch.GetElapsedTime(start);
    }

    private static async Task<long> WriteLogAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = File.Create(path);
        foreach (var line in TerminalText.LogLines(new Random(1)))
        {
            await file.WriteAsync(line, cancellationToken);
            if (file.Length >= Megabytes * 1_000_000)
            {
                break;
            }
        }

        return file.Length;
    }
}
