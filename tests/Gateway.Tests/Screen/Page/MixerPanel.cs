namespace Sallyport.Gateway.Tests.Screen.Page;

/// <summary>The demo plant's mixer panel under a real Xvnc: what is pressed on it is written down.</summary>
internal sealed class MixerPanel(XServer server, string log) : IAsyncDisposable
{
    public int Port => server.Port;

    public XServer Server => server;

    public string[] Pressed => File.Exists(log) ? [.. File.ReadAllLines(log).Skip(1)] : [];

    public static async Task<MixerPanel> StartAsync()
    {
        var server = await XServer.StartAsync(width: 1280, height: 800);
        var log = Path.Combine(Path.GetTempPath(), $"sallyport-mixer-{server.Port}");
        server.Start("env", $"MIXER_LOG={log}", "wish", RepositoryRoot.Combine("tests/plant/hmi/mixer.tcl"));
        await Eventually.HoldsAsync("the panel", () => File.Exists(log));
        return new MixerPanel(server, log);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        File.Delete(log);
    }
}
