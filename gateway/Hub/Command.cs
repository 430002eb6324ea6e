using System.ComponentModel;
using System.Diagnostics;

namespace Sallyport.Hub;

/// <summary>A program of the system failed, hung or is missing; the message is what it printed.</summary>
internal sealed class CommandException(string message) : Exception(message);

/// <summary>Runs wg, nft, ip and conntrack: arguments as a list, input on stdin, never a shell, never a secret among the arguments.</summary>
internal static class Command
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public static Task<string> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken) => RunAsync(program, arguments, null, cancellationToken);

    /// <exception cref="CommandException">It failed, hung or is missing.</exception>
    public static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, string? input, CancellationToken cancellationToken)
    {
        using var process = Start(program, arguments);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Timeout);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            var error = process.StandardError.ReadToEndAsync(timeout.Token);
            await FeedAsync(process, input, timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            return process.ExitCode == 0 ? await output : throw new CommandException($"{program} {(arguments.Count > 0 ? arguments[0] : "")}: {(await error).Trim()}");
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            cancellationToken.ThrowIfCancellationRequested();
            throw new CommandException($"{program} did not end within {Timeout.TotalSeconds:0} s.");
        }
    }

    public static async Task<bool> SucceedsAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        try
        {
            await RunAsync(program, arguments, cancellationToken);
            return true;
        }
        catch (CommandException)
        {
            return false;
        }
    }

    private static Process Start(string program, IReadOnlyList<string> arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })
                ?? throw new CommandException($"{program} could not be started.");
        }
        catch (Win32Exception e)
        {
            throw new CommandException($"{program} could not be started: {e.Message}. Is its package installed?");
        }
    }

    private static async Task FeedAsync(Process process, string? input, CancellationToken cancellationToken)
    {
        try
        {
            if (input is not null)
            {
                await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            }

            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading everything; its exit code and what it printed say more than the broken pipe.
        }
    }
}
