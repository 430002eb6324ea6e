using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Sallyport.Fuzz.Recordings;
using Sallyport.Recording.Tests.Support;
using Xunit.Abstractions;

namespace Sallyport.Recording.Tests;

/// <summary>A real process that writes an event every few milliseconds and is killed at a random moment.</summary>
public sealed class KilledWriterTests(ITestOutputHelper output)
{
    // More for a measurement: SALLYPORT_KILLS=200 dotnet test … --logger 'console;verbosity=detailed'
    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("SALLYPORT_KILLS"), CultureInfo.InvariantCulture, out var kills) ? kills : 20;

    [Fact]
    public async Task Whenever_it_is_killed_a_recording_lacks_at_most_its_last_second_and_shows_as_interrupted()
    {
        var lost = new ConcurrentBag<int>();
        await Parallel.ForEachAsync(Enumerable.Range(1, Kills), new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (seed, cancellationToken) =>
            lost.Add(await KillAsync(new Random(seed).Next(100, 3000), cancellationToken)));

        var sorted = lost.Order().ToArray();
        output.WriteLine($"{sorted.Length} kills, lost in ms: median {sorted[sorted.Length / 2]}, p99 {sorted[(int)(sorted.Length * 0.99)]}, most {sorted[^1]}");
        Assert.InRange(sorted[^1], 0, 1000);
    }

    /// <returns>How many ms of what was accepted are not in the file.</returns>
    private static async Task<int> KillAsync(int afterMilliseconds, CancellationToken cancellationToken)
    {
        using var recording = new TestRecording();
        var recipient = Base64Url.EncodeToString(recording.KeyEncryptionKey.ExportSubjectPublicKeyInfo());
        using var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(RecordingFuzzer).Assembly.Location, "write", recording.Path, recipient])
        {
            RedirectStandardOutput = true,
        })!;

        // Each line: the number of an event, and when it had been accepted, in ms.
        var accepted = new List<int>();
        try
        {
            while (accepted is [] || accepted[^1] < afterMilliseconds)
            {
                var line = await process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);
                accepted.Add(int.Parse(line!.Split(' ')[1], CultureInfo.InvariantCulture));
            }
        }
        finally
        {
            process.Kill(); // SIGKILL
        }

        await process.WaitForExitAsync(cancellationToken);
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line && line.Split(' ') is [_, { Length: > 0 } at])
        {
            accepted.Add(int.Parse(at, CultureInfo.InvariantCulture));
        }

        var read = await recording.ReadAllAsync();
        Assert.Equal(Enumerable.Range(0, read.Count), read.Select(e => int.Parse(Encoding.ASCII.GetString(e.Payload.Span), CultureInfo.InvariantCulture)));
        Assert.Equal(Verdict.Interrupted, (await recording.VerifyAsync()).Verdict);

        // The last line was printed at some time after its event was accepted, the one before it certainly no later.
        return read.Count >= accepted.Count - 1 ? 0 : accepted[^2] - accepted[read.Count];
    }
}
