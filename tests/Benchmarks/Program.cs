using Sallyport.Benchmarks;
using Sallyport.Benchmarks.Installation;
using Sallyport.Benchmarks.Recordings;
using Sallyport.Benchmarks.Rig;
using Sallyport.Benchmarks.Screen;
using Sallyport.Benchmarks.Terminal;
using Sallyport.Benchmarks.Web;

// A new benchmark is a class in its subject's folder and a line here. Exit code 0, whether or not the aims are met; 1: a row could not be measured; 2: wrong use.
IBenchmark[] all =
[
    new EchoLatency(),
    new OutputThroughput(),
    new IdleSessionMemory(),
    new OpenTime(),
    new ConnectToPrompt(),
    new EndOfRights(),
    new PortalMemory(),
    new RequestRate("web-1kb", "1 kB of values", AssetFiles.Values),
    new RequestRate("web-100kb", "100 kB of script", AssetFiles.Script),
    new RequestRate("web-picture", "100 kB of picture", AssetFiles.Picture),
    new SocketEcho(),
    new BusyScreen(),
    new PointerLatency(),
    new StillScreen(),
    new ScreenMemory(),
    new ScreenRecordingSize(),
    new RecordingSize(),
    new SeekTime(),
    new ScreenSeekTime(),
];

if (Choice.Parse(args) is not { } choice)
{
    Console.Error.WriteLine($"""
        NAME                how it begins is enough; more than one can be given: {string.Join(", ", all.Select(b => b.Name))}
        --no-installation   leave out what needs a whole installation
        --out FILE          write the table as Markdown there too
        """);
    return 2;
}

using var stopped = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stopped.Cancel();
};

var rows = new List<Row>();
var failed = false;
foreach (var benchmark in all.Where(choice.Includes))
{
    Console.Error.WriteLine($"{benchmark.Name} …");
    try
    {
        rows.AddRange(await benchmark.RunAsync(stopped.Token));
    }
    catch (Exception e) when (!stopped.IsCancellationRequested)
    {
        // What was measured before and after it is worth having.
        Console.Error.WriteLine(e);
        rows.Add(new Row($"{benchmark.Name}: could not be measured, see above", "", "", ""));
        failed = true;
    }
    finally
    {
        // Of one that did not even begin to the end. It would be measured beside the next.
        Children.StopAll();
    }
}

Console.Write(Table.Plain(rows));
if (choice.Out is { } path)
{
    await File.WriteAllTextAsync(path, Table.Markdown(rows));
}

return failed ? 1 : 0;
