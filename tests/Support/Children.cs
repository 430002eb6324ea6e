using System.Collections.Concurrent;
using System.Diagnostics;

namespace Sallyport.Tests.Support;

/// <summary>The programs that tests and benchmarks start.</summary>
public static class Children
{
    private static readonly ConcurrentBag<Process> Started = [];

    /// <summary>Input and output are pipes of ours; errors go where ours go.</summary>
    /// <param name="quiet">It says on its error output what is of no interest, and may say it.</param>
    public static Process Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, bool quiet = false)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = quiet, WorkingDirectory = Path.GetTempPath() };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        Started.Add(process);
        if (quiet)
        {
            process.BeginErrorReadLine();
        }

        return process;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken = default)
    {
        using var process = Start(program, arguments);
        process.StandardInput.Close();
        await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed with {process.ExitCode}.");
        }
    }

    /// <summary>Kills a program and what it has started.</summary>
    /// <param name="process">Null, or at its end: there is nothing to do.</param>
    public static async Task StopAsync(Process? process)
    {
        if (process is null)
        {
            return;
        }

        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    /// <summary>Kills what is left of all that was started.</summary>
    public static void StopAll()
    {
        while (Started.TryTake(out var process))
        {
            try
            {
                process.Kill(entireProcessTree: true);
            }
            catch (InvalidOperationException)
            {
                // Disposed of by whoever started it.
            }
        }
    }
}
