using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Sallyport.Gateway.Tests.Terminal;
using Sallyport.Gateway.Tests.Web.Support;
using Sallyport.Gateway.Web;

namespace Sallyport.Gateway.Tests.Web;

/// <summary>Web applications that others wrote, as Debian ships them, through the gateway.</summary>
public sealed class RealApplicationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sallyport-apps").FullName;
    private readonly List<Process> _processes = [];
    private readonly int _port = FreePort.Next();

    [Fact]
    public async Task Transmission_is_signed_in_to_by_basic_and_its_own_token_passes()
    {
        await File.WriteAllTextAsync(
            $"{_folder}/settings.json",
            $$"""{ "rpc-port": {{_port}}, "rpc-bind-address": "127.0.0.1", "rpc-authentication-required": true, "rpc-username": "service", "rpc-password": "hidden", "rpc-whitelist-enabled": false, "dht-enabled": false, "lpd-enabled": false, "port-forwarding-enabled": false, "peer-port": {{FreePort.Next()}} }""");
        await StartAsync("transmission-daemon", "--foreground", "--config-dir", _folder);
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(_port, o => o with { Credential = new WebCredential.Basic("service", "hidden") });

        // A redirect with the server's own idea of itself, and then its page.
        using var root = await browser.GetAsync("/");
        Assert.Equal("/transmission/web/", root.Headers.Location?.ToString());
        Assert.Contains("Transmission", await browser.GetStringAsync("/transmission/web/"), StringComparison.Ordinal);

        // Its protection against forged requests: a header out, the same header in.
        using var asked = await browser.PostAsync("/transmission/rpc", JsonContent.Create(new { method = "session-get" }));
        Assert.Equal(HttpStatusCode.Conflict, asked.StatusCode);
        var token = asked.Headers.GetValues("X-Transmission-Session-Id").Single();
        using var answered = await browser.PostAsync("/transmission/rpc", JsonContent.Create(new { method = "session-get" }), r => r.Headers.Add("X-Transmission-Session-Id", token));
        Assert.Contains("\"result\":\"success\"", await answered.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_basic_credential_is_explained_and_the_browser_is_not_asked_for_it()
    {
        await File.WriteAllTextAsync(
            $"{_folder}/settings.json",
            $$"""{ "rpc-port": {{_port}}, "rpc-bind-address": "127.0.0.1", "rpc-authentication-required": true, "rpc-username": "service", "rpc-password": "hidden", "dht-enabled": false, "lpd-enabled": false, "port-forwarding-enabled": false, "peer-port": {{FreePort.Next()}} }""");
        await StartAsync("transmission-daemon", "--foreground", "--config-dir", _folder);
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(_port, o => o with { Credential = new WebCredential.Basic("service", "wrong") });
        using var answer = await browser.GetAsync("/transmission/web/", r => r.Headers.Add("Accept", "text/html"));
        Assert.False(answer.Headers.Contains("WWW-Authenticate"));
        Assert.Contains("refused the stored credential", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        // What the browser has of its own does not go there instead.
        using var own = await browser.GetAsync("/transmission/web/", r => r.Headers.Add("Authorization", "Basic " + Convert.ToBase64String("service:hidden"u8)));
        Assert.Equal(HttpStatusCode.Unauthorized, own.StatusCode);
    }

    [Theory]
    [InlineData("MD5")]
    [InlineData("SHA-256")]
    public async Task Lighttpd_is_signed_in_to_by_digest(string algorithm)
    {
        await StartLighttpdAsync(algorithm);
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(_port, o => o with { Credential = new WebCredential.Digest("service", "hidden") });
        Assert.Equal("behind digest", await browser.GetStringAsync("/page.txt"));
        Assert.Equal("behind digest", await browser.GetStringAsync("/page.txt?again=1"));

        // A body is sent once, with an answer that is good.
        using var posted = await browser.PostAsync("/echo.sh", new StreamContent(new MemoryStream(new byte[300_000])));
        Assert.Equal("300000", (await posted.Content.ReadAsStringAsync()).Trim());

        using var wrong = await gateway.ConnectAsync(_port, o => o with { Credential = new WebCredential.Digest("service", "wrong") });
        using var refused = await wrong.GetAsync("/page.txt", r => r.Headers.Add("Accept", "text/html"));
        Assert.Contains("refused the stored credential", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_first_request_with_a_body_is_signed_by_digest_too()
    {
        await StartLighttpdAsync("MD5");
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(_port, o => o with { Credential = new WebCredential.Digest("service", "hidden") });
        using var posted = await browser.PostAsync("/echo.sh", new StreamContent(new MemoryStream(new byte[5])));
        Assert.Equal("5", (await posted.Content.ReadAsStringAsync()).Trim());
    }

    [Fact]
    public async Task Syncthing_gets_its_own_host_name_its_form_and_its_token()
    {
        // It refuses other Host names, wants its cookie back in a header, and holds long polls.
        await RunAsync("syncthing", "generate", $"--home={_folder}", "--gui-user=service", "--gui-password=hidden-secret", "--no-default-folder", "--skip-port-probing");
        await StartAsync("syncthing", "serve", $"--home={_folder}", $"--gui-address=http://127.0.0.1:{_port}", "--no-browser", "--no-restart", "--no-upgrade");
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(_port, o => o with { Credential = new WebCredential.Basic("service", "hidden-secret") });
        using var page = await browser.GetAsync("/");
        Assert.Contains("Syncthing", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var token = browser.Cookies.GetCookies(new Uri(browser.Hmi)).Cast<Cookie>().Single(c => c.Name.StartsWith("CSRF-Token", StringComparison.Ordinal));

        using var refused = await browser.GetAsync("/rest/system/status");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var status = await browser.GetAsync("/rest/system/status", r => r.Headers.Add($"X-{token.Name}", token.Value));
        Assert.Contains("\"myID\"", await status.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var events = await browser.GetAsync("/rest/events?since=0&timeout=5", r => r.Headers.Add($"X-{token.Name}", token.Value));
        Assert.Contains("\"type\"", await events.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cockpit_checks_origin_and_host_and_its_socket_answers()
    {
        await StartAsync("/usr/lib/cockpit/cockpit-ws", "--no-tls", "--address=127.0.0.1", $"--port={_port}");
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(_port);
        using var page = await browser.GetAsync("/", r => r.Headers.Add("Accept", "text/html"));
        var html = await page.Content.ReadAsStringAsync();
        Assert.True(page.StatusCode == HttpStatusCode.OK, $"{page.StatusCode}: {html}");
        Assert.Contains("login", html, StringComparison.OrdinalIgnoreCase);

        // Without a login the socket is opened and says what is wrong, in Cockpit's own words.
        using var socket = await browser.OpenSocketAsync("/cockpit/socket", (string?)null, "cockpit1");
        Assert.Equal("cockpit1", socket.SubProtocol);
        Assert.Contains("\"problem\":\"no-session\"", await WebBrowser.ReceiveAsync(socket), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartLighttpdAsync(string algorithm)
    {
        Directory.CreateDirectory($"{_folder}/root");
        await File.WriteAllTextAsync($"{_folder}/root/page.txt", "behind digest");
        await File.WriteAllTextAsync($"{_folder}/root/echo.sh", "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nwc -c\n");
        File.SetUnixFileMode($"{_folder}/root/echo.sh", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var text = Encoding.UTF8.GetBytes("service:plant:hidden");
#pragma warning disable CA5351 // What htdigest files hold.
        var hash = algorithm == "MD5" ? MD5.HashData(text) : SHA256.HashData(text);
#pragma warning restore CA5351
        await File.WriteAllTextAsync($"{_folder}/users", $"service:plant:{Convert.ToHexStringLower(hash)}\n");
        await File.WriteAllTextAsync(
            $"{_folder}/lighttpd.conf",
            $$"""
            server.modules = ("mod_auth", "mod_authn_file", "mod_cgi")
            server.document-root = "{{_folder}}/root"
            server.bind = "127.0.0.1"
            server.port = {{_port}}
            mimetype.assign = (".txt" => "text/plain")
            cgi.assign = (".sh" => "/bin/sh")
            auth.backend = "htdigest"
            auth.backend.htdigest.userfile = "{{_folder}}/users"
            auth.require = ("/" => ("method" => "digest", "algorithm" => "{{algorithm}}", "realm" => "plant", "require" => "valid-user"))

            """);
        await StartAsync("/usr/sbin/lighttpd", "-D", "-f", $"{_folder}/lighttpd.conf");
    }

    private async Task StartAsync(string program, params string[] arguments)
    {
        _processes.Add(Begin(program, arguments));
        await Listening.WaitAsync(_port);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Begin(program, arguments);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    private static Process Begin(string program, string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
