using System.Diagnostics;
using System.Globalization;

namespace Sallyport.Fuzz;

internal static class FuzzCommand
{
    /// <returns>0: nothing found; 1: found, and the input kept; 2: wrong use.</returns>
    public static async Task<int> RunAsync(string[] options, Func<int, Task<IFuzzer>> create)
    {
        if (Option(options, "--seconds") is not { } seconds || seconds <= 0)
        {
            Console.Error.WriteLine("Say how long: --seconds N");
            return 2;
        }

        var seed = Option(options, "--seed") ?? Environment.TickCount;
        Console.WriteLine($"Seed {seed}");
        var fuzzer = await create(seed);
        using var disposed = fuzzer as IDisposable;
        var clock = Stopwatch.StartNew();
        for (var said = TimeSpan.Zero; clock.Elapsed < TimeSpan.FromSeconds(seconds);)
        {
            if (await fuzzer.StepAsync() is { } found)
            {
                var path = Path.Combine(Path.GetTempPath(), $"sallyport-fuzz-{seed}-{fuzzer.Steps}");
                await File.WriteAllBytesAsync(path, found.Input);
                Console.WriteLine($"Step {fuzzer.Steps}: {found.What}\nThe input is in {path}");
                return 1;
            }

            if (clock.Elapsed - said > TimeSpan.FromSeconds(10))
            {
                said = clock.Elapsed;
                Console.WriteLine($"{fuzzer.Summary} after {said.TotalSeconds:0} s");
            }
        }

        Console.WriteLine($"{fuzzer.Summary}: nothing found");
        return 0;
    }

    private static int? Option(string[] options, string name) =>
        Array.IndexOf(options, name) is >= 0 and var at && at + 1 < options.Length && int.TryParse(options[at + 1], NumberStyles.Integer, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;
}
