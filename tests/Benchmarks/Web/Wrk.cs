using System.Globalization;
using Sallyport.Benchmarks.Rig;

namespace Sallyport.Benchmarks.Web;

/// <summary>What Debian's <c>wrk</c> measured in one run: HTTP/1.1 over TLS, connections kept alive.</summary>
internal sealed record Wrk(double RequestsPerSecond, double Median, double P99)
{
    public const int Connections = 16;

    /// <param name="pause">The longest time between an answer and the connection's next request; zero: as fast as it goes.</param>
    /// <exception cref="InvalidOperationException">Not every request was answered as it should be.</exception>
    public static async Task<Wrk> RunAsync(WebSite site, string path, TimeSpan duration, TimeSpan pause, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            "--threads", "1", "--connections", $"{Connections}", "--duration", $"{duration.TotalSeconds:0}s", "--script", RepositoryRoot.Combine("tests/Benchmarks/Web/load.lua"),
            .. site.Headers.SelectMany(header => (string[])["--header", $"{header.Name}: {header.Value}"]), $"https://127.0.0.1:{site.Port}{path}", "--", $"{pause.TotalMilliseconds:0}",
        ];
        using var wrk = Children.Start("wrk", arguments);
        var output = await wrk.StandardOutput.ReadToEndAsync(cancellationToken);
        await wrk.WaitForExitAsync(cancellationToken);
        var result = output.Split('\n').FirstOrDefault(line => line.StartsWith("RESULT ", StringComparison.Ordinal))?.Split(' ')[1..].Select(number => long.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        return result is [> 0 and var requests, var microseconds, 0, var median, var p99]
            ? new Wrk(requests / (microseconds / 1e6), median / 1e3, p99 / 1e3)
            : throw new InvalidOperationException($"wrk at {path}: {output}");
    }
}
