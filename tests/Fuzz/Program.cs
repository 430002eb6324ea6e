using Sallyport.Fuzz;
using Sallyport.Fuzz.Recordings;
using Sallyport.Fuzz.Rfb;
using Sallyport.Fuzz.Web;

// What the tests start as a process of its own. Exit code 0: nothing found; 1: found; 2: wrong use.
return args switch
{
    ["recording", .. var options] => await FuzzCommand.RunAsync(options, async seed => await RecordingFuzzer.CreateAsync(seed)),
    ["rfb", .. var options] => await FuzzCommand.RunAsync(options, seed => Task.FromResult<IFuzzer>(new RfbFuzzer(seed))),
    ["web", .. var options] => await FuzzCommand.RunAsync(options, seed => Task.FromResult<IFuzzer>(new WebFuzzer(seed))),
    ["write", var path, var recipient] => await WriteCommand.RunAsync(path, recipient),
    ["golden", var folder] => await GoldenRecording.WriteAsync(folder),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        recording --seconds N [--seed S]   mutates recordings and reads and verifies them
        rfb --seconds N [--seed S]         mutates what assets and viewers say and gives it to the gateway's screen protocol
        web --seconds N [--seed S]         the same for the headers, bodies and events of web HMIs
        write PATH RECIPIENT_SPKI          writes a recording until it is killed, and says on each line how many events it wrote
        golden FOLDER                      makes the golden recording anew, with new test-only keys
        """);
    return 2;
}
