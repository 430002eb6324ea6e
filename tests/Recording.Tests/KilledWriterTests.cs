using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Sallyport.Fuzz.Recordings;
using Sallyport.Recording.Tests.Support;

namespace Sallyport.Recording.Tests;

public sealed class KilledWriterTests : IDisposable
{
    private readonly TestRecording _recording = new();

    [Fact]
    public async Task After_a_kill_all_but_the_last_second_or_so_is_readable_and_shows_as_interrupted()
    {
        var recipient = Base64Url.EncodeToString(_recording.KeyEncryptionKey.ExportSubjectPublicKeyInfo());
        using var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(RecordingFuzzer).Assembly.Location, "write", _recording.Path, recipient])
        {
            RedirectStandardOutput = true,
        })!;

        // Each line: how many events were accepted before it, and when in ms.
        var accepted = new List<int>();
        try
        {
            while (accepted is [] or [.., < 3500])
            {
                var line = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));
                accepted.Add(int.Parse(line!.Split(' ')[1], CultureInfo.InvariantCulture));
            }
        }
        finally
        {
            process.Kill(); // SIGKILL
        }

        await process.WaitForExitAsync();
        while (await process.StandardOutput.ReadLineAsync() is { } line && line.Split(' ') is [_, { Length: > 0 } at])
        {
            accepted.Add(int.Parse(at, CultureInfo.InvariantCulture));
        }

        var read = await _recording.ReadAllAsync();
        Assert.Equal(Enumerable.Range(0, read.Count), read.Select(e => int.Parse(Encoding.ASCII.GetString(e.Payload.Span), CultureInfo.InvariantCulture)));
        Assert.True(read.Count > 0, "Nothing is readable.");
        var lost = accepted[^1] - accepted[Math.Min(read.Count, accepted.Count) - 1];
        Assert.True(lost <= 2500, $"The last {lost} ms were lost of {accepted[^1]} ms.");
        Assert.Equal(Verdict.Interrupted, (await _recording.VerifyAsync()).Verdict);
    }

    public void Dispose() => _recording.Dispose();
}
