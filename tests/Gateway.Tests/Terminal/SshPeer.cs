using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using System.Threading.Channels;

namespace Sallyport.Gateway.Tests.Terminal;

/// <summary>An SSH server that others wrote (npm ssh2) and that does what a test asks of it: <c>peers/ssh-server.mjs</c>.</summary>
public sealed class SshPeer : IAsyncDisposable
{
    private readonly Process _node;
    private readonly Channel<JsonElement> _seen = Channel.CreateUnbounded<JsonElement>();
    private readonly Task _reading;

    private SshPeer(object asked)
    {
        _node = Process.Start(new ProcessStartInfo("node", ["ssh-server.mjs", JsonSerializer.Serialize(asked)])
        {
            WorkingDirectory = typeof(SshPeer).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "PeerFolder").Value!,
            RedirectStandardOutput = true,
        })!;
        _reading = ReadAsync();
    }

    public int Port { get; private set; }

    public string HostKey { get; private set; } = "";

    public static async Task<SshPeer> StartAsync(object asked)
    {
        var peer = new SshPeer(asked);
        var started = await peer.NextAsync("port");
        (peer.Port, peer.HostKey) = (started.GetProperty("port").GetInt32(), started.GetProperty("hostKey").GetString()!);
        return peer;
    }

    /// <summary>Waits for the next thing of that kind that the server sees.</summary>
    public async Task<JsonElement> NextAsync(string kind) => (await UntilAsync(kind))[^1];

    /// <summary>Everything that the server sees until, and with, the next thing of that kind.</summary>
    public async Task<IReadOnlyList<JsonElement>> UntilAsync(string kind)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var all = new List<JsonElement>();
        do
        {
            all.Add(await _seen.Reader.ReadAsync(timeout.Token));
        }
        while (!all[^1].TryGetProperty(kind, out _));
        return all;
    }

    public async ValueTask DisposeAsync()
    {
        _node.Kill();
        await _reading;
        _node.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _node.StandardOutput.ReadLineAsync() is { } line)
        {
            await _seen.Writer.WriteAsync(JsonDocument.Parse(line).RootElement);
        }

        _seen.Writer.Complete(new InvalidOperationException("The peer has ended."));
    }
}
