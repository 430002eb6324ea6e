using Sallyport.Benchmarks.Rig;
using Sallyport.Contracts;

namespace Sallyport.Benchmarks.Web;

/// <summary>
/// One asset, an nginx with a few files and a WebSocket that echoes; in front of it the gateway, and beside that another nginx as
/// reverse proxy, which asks a local end point for leave before each request (<c>auth_request</c>). TLS towards the browser at both, none behind.
/// </summary>
internal sealed class WebRig : IAsyncDisposable
{
    private readonly GatewayRig _gateway;
    private readonly Nginx _asset;
    private readonly Nginx _proxy;
    private readonly EchoSocket _echo;
    private readonly int _assetPort;

    private WebRig(GatewayRig gateway, Nginx asset, int assetPort, Nginx proxy, int proxyPort, EchoSocket echo)
    {
        (_gateway, _asset, _assetPort, _proxy, _echo) = (gateway, asset, assetPort, proxy, echo);
        Direct = new WebSite(proxy.ProcessId, proxyPort, []);
    }

    /// <summary>By the reverse proxy.</summary>
    public WebSite Direct { get; }

    public static async Task<WebRig> StartAsync(CancellationToken cancellationToken)
    {
        var gateway = await GatewayRig.StartAsync(port => $"https://web.test:{port}", cancellationToken);
        var echo = await EchoSocket.StartAsync(cancellationToken);
        var (assetPort, authPort, proxyPort) = (FreePort.Next(), FreePort.Next(), FreePort.Next());
        await AssetFiles.WriteAsync($"{gateway.Folder}/pages", cancellationToken);
        var asset = await Nginx.StartAsync(
            $"{gateway.Folder}/asset",
            assetPort,
            $$"""
              access_log off;
              server { listen 127.0.0.1:{{assetPort}}; root {{gateway.Folder}}/pages; }
              server { listen 127.0.0.1:{{authPort}}; location / { return 204; } }
            """,
            cancellationToken);
        var proxy = await Nginx.StartAsync(
            $"{gateway.Folder}/proxy",
            proxyPort,
            $$"""
              upstream asset { server 127.0.0.1:{{assetPort}}; keepalive {{Wrk.Connections}}; keepalive_requests 100000000; }
              upstream auth { server 127.0.0.1:{{authPort}}; keepalive {{Wrk.Connections}}; keepalive_requests 100000000; }
              server {
                listen 127.0.0.1:{{proxyPort}} ssl;
                ssl_certificate {{gateway.CertificateFile}};
                ssl_certificate_key {{gateway.KeyFile}};
                proxy_http_version 1.1;
                proxy_buffers 32 8k;
                location = /leave {
                  internal;
                  proxy_pass http://auth;
                  proxy_pass_request_body off;
                  proxy_set_header Content-Length "";
                  proxy_set_header Connection "";
                }
                location / {
                  auth_request /leave;
                  proxy_pass http://asset;
                  proxy_set_header Connection "";
                }
                location = /echo {
                  auth_request /leave;
                  proxy_pass http://127.0.0.1:{{echo.Port}};
                  proxy_set_header Upgrade $http_upgrade;
                  proxy_set_header Connection upgrade;
                }
              }
            """,
            cancellationToken);
        return new WebRig(gateway, asset, assetPort, proxy, proxyPort, echo);
    }

    /// <summary>A session of the gateway with the asset's pages.</summary>
    public Task<WebSite> OpenPagesAsync(CancellationToken cancellationToken) => OpenAsync(_assetPort, cancellationToken);

    /// <summary>A session of the gateway with the asset's WebSocket.</summary>
    public Task<WebSite> OpenEchoAsync(CancellationToken cancellationToken) => OpenAsync(_echo.Port, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _asset.DisposeAsync();
        await _echo.DisposeAsync();
        await _gateway.DisposeAsync();
    }

    private async Task<WebSite> OpenAsync(int port, CancellationToken cancellationToken)
    {
        WebSite? site = null;
        await Children.WaitAsync("A web session", async () => (site = await TryOpenAsync(port, cancellationToken)) is not null, cancellationToken);
        return site!;
    }

    private async Task<WebSite?> TryOpenAsync(int port, CancellationToken cancellationToken)
    {
        // Nobody keeps its bar's page open here, which is what keeps a session.
        var (ticket, session) = _gateway.NewTicket(order => order with { Kind = ServiceKind.Web, Port = port, LinkGraceSeconds = 3600 });
        return await WebEntry.EnterAsync(_gateway.Port, new WebOrigins(new Uri($"https://web.test:{_gateway.Port}")), session, ticket, cancellationToken) is { } headers ? new WebSite(_gateway.ProcessId, _gateway.Port, headers) : null;
    }
}
