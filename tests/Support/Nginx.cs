using System.Diagnostics;

namespace Sallyport.Tests.Support;

/// <summary>A Debian nginx of our own, with as many workers as there are cores.</summary>
public sealed class Nginx : IAsyncDisposable
{
    private readonly Process _process;

    private Nginx(Process process) => _process = process;

    public int ProcessId => _process.Id;

    /// <param name="folder">Of its own.</param>
    /// <param name="http">The inside of its <c>http</c> block.</param>
    public static async Task<Nginx> StartAsync(string folder, int port, string http, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(
            $"{folder}/nginx.conf",
            $$"""
            daemon off;
            user root;
            worker_processes {{Environment.ProcessorCount}};
            pid {{folder}}/pid;
            error_log stderr warn;
            events { worker_connections 1024; }
            http {
              types { text/html html; application/javascript js; application/json json; image/png png; }
              sendfile on;
              tcp_nopush on;
              keepalive_requests 100000000;
              access_log {{folder}}/access.log combined buffer=64k;
              client_body_temp_path {{folder}}/body;
              proxy_temp_path {{folder}}/proxy;
              fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi;
              scgi_temp_path {{folder}}/scgi;
              {{http}}
            }
            """,
            cancellationToken);
        var nginx = new Nginx(Children.Start("nginx", ["-p", folder, "-c", $"{folder}/nginx.conf"]));
        await Listening.WaitAsync(port, cancellationToken);
        return nginx;
    }

    public async ValueTask DisposeAsync()
    {
        await Children.StopAsync(_process);
    }
}
