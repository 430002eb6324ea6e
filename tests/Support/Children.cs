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
        var process = Begin(program, arguments, environment, quiet);
        if (quiet)
        {
            process.BeginErrorReadLine();
        }

        return process;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed; the message is what it said on its error output.</exception>
    public static async Task<byte[]> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken = default)
    {
        using var process = Begin(program, arguments, null, errors: true);
        process.StandardInput.Close();
        using var output = new MemoryStream();
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.StandardOutput.BaseStream.CopyToAsync(output, cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? output.ToArray() : throw new InvalidOperationException($"{program} failed with {process.ExitCode}: {await error}");
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

    private static Process Begin(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment, bool errors)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = errors, WorkingDirectory = Path.GetTempPath() };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        Started.Add(process);
        return process;
    }
}
