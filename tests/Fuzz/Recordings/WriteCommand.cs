using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sallyport.Recording;

namespace Sallyport.Fuzz.Recordings;

/// <summary>Writes numbered events and prints each number with its time in ms once it was accepted, until it is killed.</summary>
internal static class WriteCommand
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    public static async Task<int> RunAsync(string path, string recipient)
    {
        using var gatewayKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var limit = new CancellationTokenSource(Longest);
        await using var writer = await RecordingWriter.CreateAsync(
            path,
            SampleHeader.Create(Guid.NewGuid()),
            new RecordingRecipient("test-kek", recipient),
            gatewayKey,
            TimeProvider.System,
            limit.Token);
        var start = TimeProvider.System.GetTimestamp();
        for (var i = 0; !limit.IsCancellationRequested; i++)
        {
            await writer.WriteAsync(RecordingEventKind.Output, Encoding.ASCII.GetBytes(i.ToString(CultureInfo.InvariantCulture)), limit.Token);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i} {TimeProvider.System.GetElapsedTime(start).TotalMilliseconds:0}"));
            await Task.Delay(5, CancellationToken.None);
        }

        return 0;
    }
}
