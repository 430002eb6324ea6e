using System.Diagnostics;
using System.Reflection;
using System.Text.Json;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>A Node.js program of the folder <c>peers</c>, spoken to by lines of JSON.</summary>
internal sealed class Peer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string Folder = typeof(Peer).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "PeersFolder").Value!;

    private readonly Process _process;

    private Peer(Process process) => _process = process;

    public static Peer Start(string script, object? settings = null)
    {
        var start = new ProcessStartInfo("node", [script, JsonSerializer.Serialize(settings, JsonSerializerOptions.Web)])
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;

        // Only warnings that a development set-up gets; read, so that the pipe does not fill.
        process.BeginErrorReadLine();
        return new Peer(process);
    }

    public async Task<JsonElement> ReadAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        return JsonElement.Parse(await _process.StandardOutput.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException("The peer ended without a word."));
    }

    public async Task SendAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    public async ValueTask DisposeAsync()
    {
        // Both end when their input does.
        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        finally
        {
            if (!_process.HasExited)
            {
                _process.Kill();
            }

            _process.Dispose();
        }
    }
}
