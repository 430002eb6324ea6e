using System.Diagnostics;
using System.Globalization;
using Sallyport.Benchmarks.Rig;

namespace Sallyport.Benchmarks.Terminal;

/// <summary>
/// The gateway's own part of a session's start: from the browser's first packet until the shell's prompt, with ticket,
/// recording and SSH between; against <c>ssh</c> from its start to the same prompt.
/// </summary>
internal sealed class OpenTime : IBenchmark
{
    private const int Rounds = 40;

    public string Name => "open";

    public async Task<IReadOnlyList<Row>> RunAsync(CancellationToken cancellationToken)
    {
        await using var rig = await TerminalRig.StartAsync(cancellationToken);
        var (opened, prompt, direct) = (new Sample(), new Sample(), new Sample());
        for (var round = -5; round < Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            await using var browser = await rig.OpenAsync(cancellationToken);
            var openedAfter = Stopwatch.GetElapsedTime(start);
            await Expect.TextAsync(browser, "# ", cancellationToken);
            var promptAfter = Stopwatch.GetElapsedTime(start);
            var directAfter = Direct(rig.Asset);
            if (round >= 0)
            {
                opened.Add(openedAfter);
                prompt.Add(promptAfter);
                direct.Add(directAfter);
            }
        }

        return
        [
            new Row("gateway opens a terminal, to its prompt, median / p99", prompt.ToString(), $"ssh {direct}", string.Create(CultureInfo.InvariantCulture, $"+{prompt.Median - direct.Median:0} ms")),
            new Row("  until signed in at the asset, recording begun", opened.ToString(), "", ""),
        ];
    }

    private static TimeSpan Direct(SshServer asset)
    {
        var start = Stopwatch.GetTimestamp();
        using var ssh = PlainSsh.Start(asset, terminal: true, null);
        Expect.Text(ssh.Output, "# ");
        return Stopwatch.GetElapsedTime(start);
    }
}
