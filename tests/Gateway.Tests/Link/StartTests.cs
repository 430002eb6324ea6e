using System.Diagnostics;

namespace Sallyport.Gateway.Tests.Link;

/// <summary>The gateway's own program, and what whoever starts it gets to see when it cannot run.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task A_gateway_that_was_never_enrolled_and_has_no_code_fails_with_a_line_that_says_what_to_do()
    {
        var (exit, output) = await RunAsync([]);

        Assert.Equal(1, exit);
        Assert.Contains("The gateway cannot run: ", output, StringComparison.Ordinal);
        Assert.Contains("portal component add", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_is_no_address_keeps_it_from_starting()
    {
        var (exit, output) = await RunAsync(["--Proxies:Trusted:0=proxy.example"]);

        Assert.NotEqual(0, exit);
        Assert.Contains("Proxies:Trusted holds “proxy.example”", output, StringComparison.Ordinal);
    }

    private static async Task<(int Exit, string Output)> RunAsync(string[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("sallyport-gateway-");
        try
        {
            string[] needed = ["--Gateway:PortalUrl=http://127.0.0.1:9", "--Gateway:Url=http://127.0.0.1", "--Gateway:OverlayAddress=10.0.0.2", $"--Gateway:DataFolder={folder}", $"--Gateway:RecordingStore={folder}", "--urls=http://127.0.0.1:0"];
            var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "Sallyport.Gateway.dll"), .. needed, .. settings]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start)!;
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            try
            {
                await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
            }
            finally
            {
                // Where it did start.
                process.Kill();
            }

            return (process.ExitCode, await output + await error);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
