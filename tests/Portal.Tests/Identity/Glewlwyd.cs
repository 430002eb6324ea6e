using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>Debian's glewlwyd as a company's provider, with a database of its own: written in C, by people who had no part in the others.</summary>
internal sealed class Glewlwyd : IAsyncDisposable
{
    public const string ClientId = "sallyport";
    /// <summary>Without what RFC 6749, section 2.3.1, has encoded in HTTP Basic: glewlwyd does not decode it.</summary>
    public const string Secret = "a-secret-of-the-company";

    /// <summary>Who is there from the start.</summary>
    public const string Person = "The Administrator";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sallyport-glewlwyd-");
    private readonly Process _process;
    private readonly Uri _root;

    private Glewlwyd(int port)
    {
        _root = new Uri($"http://127.0.0.1:{port}/");
        var database = Path.Combine(_folder.FullName, "database");
        using (var sqlite = Process.Start(new ProcessStartInfo("sqlite3", [database]) { RedirectStandardInput = true })!)
        {
            using var sql = new GZipStream(File.OpenRead("/usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz"), CompressionMode.Decompress);
            sql.CopyTo(sqlite.StandardInput.BaseStream);
            sqlite.StandardInput.Close();
            sqlite.WaitForExit();
        }

        var settings = File.ReadAllText("/etc/glewlwyd/glewlwyd.conf")
            .Replace("@include \"/etc/glewlwyd/glewlwyd-db.conf\"", $$"""database = { type = "sqlite3"; path = "{{database}}"; };""", StringComparison.Ordinal)
            .Replace("port=4593", $"port={port}", StringComparison.Ordinal)
            .Replace("http://localhost:4593/", _root.AbsoluteUri, StringComparison.Ordinal)
            .Replace("log_mode=\"file\"", "log_mode=\"console\"", StringComparison.Ordinal);
        var file = Path.Combine(_folder.FullName, "glewlwyd.conf");
        File.WriteAllText(file, settings);
        _process = Process.Start(new ProcessStartInfo("glewlwyd", [$"--config-file={file}"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

        // Read, so that the pipes do not fill.
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Issuer => $"{_root}api/oidc";

    /// <param name="portal">Its only client.</param>
    public static async Task<Glewlwyd> StartAsync(PortalInstance portal, string key)
    {
        var glewlwyd = new Glewlwyd(FreePort.Next());
        using var admin = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = glewlwyd._root };
        await glewlwyd.SignInAsync(admin);
        using var rsa = RSA.Create(2048);
        await SendAsync(admin, HttpMethod.Post, "api/mod/plugin/", new
        {
            module = "oidc",
            name = "oidc",
            display_name = "OpenID",
            enabled = true,
            parameters = new Dictionary<string, object>
            {
                ["iss"] = glewlwyd.Issuer,
                ["jwt-type"] = "rsa",
                ["jwt-key-size"] = "256",
                ["key"] = rsa.ExportPkcs8PrivateKeyPem(),
                ["cert"] = rsa.ExportSubjectPublicKeyInfoPem(),
                ["access-token-duration"] = 3600,
                ["refresh-token-duration"] = 3600,
                ["code-duration"] = 600,
                ["refresh-token-rolling"] = true,
                ["auth-type-code-enabled"] = true,
                ["auth-type-id-token-enabled"] = true,
                ["pkce-allowed"] = true,
                ["pkce-required"] = true,
                ["subject-type"] = "public",
                ["jwks-show"] = true,
                ["claims"] = new[] { new Dictionary<string, object> { ["name"] = "roles", ["type"] = "string", ["user-property"] = "name", ["mandatory"] = true, ["on-demand"] = false, ["scope"] = Array.Empty<string>() } },
                ["name-claim"] = "mandatory",
            },
        });
        await SendAsync(admin, HttpMethod.Post, "api/client/", new
        {
            client_id = ClientId,
            name = "Sallyport",
            confidential = true,
            enabled = true,
            password = Secret,
            client_secret = Secret,
            redirect_uri = new[] { $"{portal.Url}/signed-in/{key}" },
            authorization_type = new[] { "code" },
            token_endpoint_auth_method = new[] { "client_secret_basic" },
        });
        await SendAsync(admin, HttpMethod.Put, "api/user/admin?source=database", new { name = Person, enabled = true, scope = new[] { "g_admin", "g_profile", "openid" } });
        return glewlwyd;
    }

    /// <summary>What its pages do by script: name, password, consent.</summary>
    public async Task ConsentAsync(PortalBrowser browser)
    {
        await SendAsync(browser.Http, HttpMethod.Post, $"{_root}api/auth/", new { username = "admin", password = "password" });
        await SendAsync(browser.Http, HttpMethod.Put, $"{_root}api/auth/grant/{ClientId}", new { scope = "openid" });
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static async Task SendAsync(HttpClient http, HttpMethod method, string path, object body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
        using var answer = await http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    private async Task SignInAsync(HttpClient admin)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                await SendAsync(admin, HttpMethod.Post, "api/auth/", new { username = "admin", password = "password" });
                return;
            }
            catch (HttpRequestException) when (!_process.HasExited)
            {
                // It does not listen yet.
                await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
            }
        }
    }
}
