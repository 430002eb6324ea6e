using System.Diagnostics;
using System.Reflection;
using System.Text.Json;

namespace Sallyport.Gateway.Tests.Terminal.Vt;

/// <summary>The browser's own terminal, without a browser (npm @xterm/headless): what it shows is what our screen must show.</summary>
public sealed class XtermPeer : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly Process _node = Process.Start(new ProcessStartInfo("node", "screen.mjs")
    {
        WorkingDirectory = typeof(XtermPeer).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "PeerFolder").Value!,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;

    public async Task<Shown> ShowAsync(int columns, int rows, params IReadOnlyList<Part> output)
    {
        await _node.StandardInput.WriteLineAsync(JsonSerializer.Serialize(
            new { columns, rows, output = output.Select(p => p.Size is { } size ? (object)new { resize = new[] { size.Columns, size.Rows } } : new { bytes = Convert.ToBase64String(p.Bytes!) }) }, Json));
        await _node.StandardInput.FlushAsync();
        var answer = await _node.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The peer has died.");
        return JsonSerializer.Deserialize<Shown>(answer, Json)!;
    }

    public void Dispose()
    {
        _node.Kill();
        _node.Dispose();
    }
}

/// <summary>Output, or a new size.</summary>
public sealed record Part(byte[]? Bytes, (int Columns, int Rows)? Size = null);

/// <param name="Column">The number of columns while a wrap is pending.</param>
/// <param name="Screen">Each cell as <c>text|foreground|background|attributes</c>.</param>
public sealed record Shown(string Type, int Row, int Column, IReadOnlyList<IReadOnlyList<string>> Screen);
