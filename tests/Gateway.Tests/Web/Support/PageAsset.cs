using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sallyport.Gateway.Tests.Web.Support;

/// <summary>An HMI of a test's own making on a real web server; counts what it is asked.</summary>
public sealed class PageAsset : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Dictionary<string, int> _asked = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    private PageAsset(WebApplication app, int port) => (_app, Port) = (app, port);

    public int Port { get; }

    public static async Task<PageAsset> StartAsync(Action<WebApplication, PageAsset> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        var port = FreePort.Next();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var app = builder.Build();
        var asset = new PageAsset(app, port);
        app.UseWebSockets();
        app.Use((http, next) =>
        {
            asset.Count($"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}");
            return next(http);
        });
        map(app, asset);
        await app.StartAsync();
        return asset;
    }

    public static IResult Html(string text) => Results.Content("<!doctype html><meta charset=utf-8>" + text, "text/html");

    public void Count(string what)
    {
        lock (_lock)
        {
            _asked[what] = Asked(what) + 1;
        }
    }

    public int Asked(string what)
    {
        lock (_lock)
        {
            return _asked.GetValueOrDefault(what);
        }
    }

    /// <summary>Waits until each was asked twice more: once may have been under way.</summary>
    public async Task AskedAgainAsync(params string[] whats)
    {
        var before = whats.ToDictionary(what => what, Asked, StringComparer.Ordinal);
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (before.Any(entry => Asked(entry.Key) < entry.Value + 2))
        {
            await Task.Delay(20, timeout.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
