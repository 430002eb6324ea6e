using System.Diagnostics;

namespace Sallyport.Hub.Tests.Support;

internal static class Shell
{
    /// <summary>What a command printed, without the last line's end.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message is what it printed.</exception>
    public static async Task<string> RunAsync(string command, params (string Name, string Value)[] environment)
    {
        var (code, output) = await TryAsync(command, environment);
        return code == 0 ? output : throw new InvalidOperationException($"{command}: {output}");
    }

    public static async Task<(int Code, string Output)> TryAsync(string command, params (string Name, string Value)[] environment)
    {
        // By a file, not by pipes: what goes on living in the background would hold them open.
        var log = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo("bash", ["-c", $"exec > '{log}' 2>&1 < /dev/null\n{command}"]) { WorkingDirectory = "/" };
            foreach (var (name, value) in environment)
            {
                start.Environment[name] = value;
            }

            using var process = Process.Start(start)!;
            await process.WaitForExitAsync();
            return (process.ExitCode, (await File.ReadAllTextAsync(log)).Trim());
        }
        finally
        {
            File.Delete(log);
        }
    }
}
