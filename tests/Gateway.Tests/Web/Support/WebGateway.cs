using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Contracts.Tickets;
using Sallyport.Gateway.Link;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Tests.Terminal;
using Sallyport.Gateway.Web;
using Sallyport.Hosting;
using Sallyport.Recording;

namespace Sallyport.Gateway.Tests.Web.Support;

/// <summary>
/// The gateway's web side in a real Kestrel on a loopback port, as a host would wire it; sessions are recorded to real files. Tickets are
/// one-use names for orders: the portal's part.
/// </summary>
public sealed class WebGateway : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Guid> _takeOvers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, WebSessionOrder> _tickets = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Guid, WebRecording> _recordings = new();
    private readonly SessionRegistry _registry = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("sallyport-web").FullName;
    private readonly WebApplication _app;
    private readonly TimeProvider _time;

    private WebGateway(WebApplication app, Uri origin, TimeProvider time)
    {
        (_app, Origins, Port, _time) = (app, new WebOrigins(origin), origin.Port, time);
        Sessions = app.Services.GetRequiredService<WebSessions>();
    }

    /// <summary>Where browsers come to.</summary>
    public int Port { get; }

    public WebOrigins Origins { get; }

    public WebSessions Sessions { get; }

    /// <summary>How often a ticket was brought to the portal.</summary>
    public int Redemptions { get; private set; }

    /// <summary>The address that the last ticket was brought from.</summary>
    public string? Address { get; private set; }

    /// <param name="tls">HTTPS with HTTP/2.</param>
    /// <param name="upgrades">WebSockets at the same time, of all sessions.</param>
    public static Task<WebGateway> StartAsync(string domain = "localhost", bool tls = false, long? upgrades = null, TimeProvider? time = null)
    {
        var port = FreePort.Next();
        return StartAsync(new Uri($"{(tls ? "https" : "http")}://{domain}:{port}"), port, tls, upgrades, proxy: null, time ?? TimeProvider.System);
    }

    /// <param name="origin">Where a reverse proxy listens, which does TLS.</param>
    /// <param name="proxy">Its address, which is believed.</param>
    public static Task<WebGateway> StartBehindAsync(Uri origin, int port, string proxy) => StartAsync(origin, port, tls: false, upgrades: null, proxy, TimeProvider.System);

    private static async Task<WebGateway> StartAsync(Uri origin, int port, bool tls, long? upgrades, string? proxy, TimeProvider time)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Gateway:Web:Origin"] = origin.ToString(), ["Gateway:Web:AllowLocalAssets"] = "true" });
        if (proxy is not null)
        {
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Proxies:Trusted:0"] = proxy });
        }

        builder.Logging.SetMinimumLevel(LogLevel.Error);
        WebGateway? gateway = null;
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton<OpenWebSession>((ticket, use, id, address, cancellationToken) => gateway!.OpenAsync(ticket, use, id, address, cancellationToken));
        builder.Services.AddSingleton(provider => Unlinked(gateway!._folder, provider.GetRequiredService<IHostApplicationLifetime>()));
        builder.Services.AddTrustedProxies();
        builder.Services.AddWebSessions();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            // As the gateway's own Program has it: a session's limit must take its place.
            kestrel.Limits.MaxRequestBodySize = 64 * 1024;
            kestrel.Limits.MaxConcurrentUpgradedConnections = upgrades;
            kestrel.Listen(IPAddress.Loopback, port, listen =>
            {
                if (tls)
                {
                    listen.Protocols = HttpProtocols.Http1AndHttp2;
                    listen.UseHttps(Certificate());
                }
            });
        });
        var app = builder.Build();
        app.UseForwardedHeaders();
        app.UseWebSockets();
        gateway = new WebGateway(app, origin, time);
        app.UseWebSessions();
        app.MapGet("/health", () => "the gateway itself");
        await app.StartAsync();
        return gateway;
    }

    public static WebSessionOrder Order(int port, Func<WebSessionOrder, WebSessionOrder>? change = null)
    {
        var order = new WebSessionOrder(
            Guid.NewGuid(), "Pumping station", "Waterworks", "Technician", "127.0.0.1", port, false, null, [], null, false, new WebPolicy(), null, DateTimeOffset.UtcNow.AddMinutes(10), 0, 60);
        return change?.Invoke(order) ?? order;
    }

    public string Ticket(WebSessionOrder order)
    {
        var ticket = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _tickets[ticket] = order;
        return ticket;
    }

    /// <summary>For another browser to go on with a session that runs.</summary>
    public string TakeOverTicket(Guid session)
    {
        var ticket = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _takeOvers[ticket] = session;
        return ticket;
    }

    public WebRecording Recording(Guid session) => _recordings[session];

    /// <summary>Opened, entered as a browser does, and ready to be used.</summary>
    public async Task<WebBrowser> ConnectAsync(WebSessionOrder order)
    {
        var browser = new WebBrowser(this, order.SessionId);
        await browser.EnterAsync(Ticket(order));
        return browser;
    }

    public Task<WebBrowser> ConnectAsync(int port, Func<WebSessionOrder, WebSessionOrder>? change = null) => ConnectAsync(Order(port, change));

    /// <summary>All that was recorded of a session, which ends by it.</summary>
    public async Task<List<HttpTrace>> EndAndReadAsync(WebBrowser browser)
    {
        var session = Sessions.Find(browser.SessionId)!;
        session.End(SessionEndReason.User, "You ended the session.");
        await session.Completion;
        return await Recording(browser.SessionId).ReadAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _registry.EndAllAsync("The test is over.");
        await _app.StopAsync();
        await _app.DisposeAsync();
        foreach (var recording in _recordings.Values)
        {
            await recording.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task<WebOpening> OpenAsync(string ticket, TicketUse use, Guid id, string? address, CancellationToken cancellationToken)
    {
        (Redemptions, Address) = (Redemptions + 1, address);
        if (use == TicketUse.TakeOver)
        {
            return _takeOvers.TryRemove(ticket, out var session) && session == id ? new WebOpening(Sessions.Find(id), null) : new WebOpening(null, "The ticket was used before, or is not for this session.");
        }

        if (!_tickets.TryGetValue(ticket, out var order) || order.SessionId != id || !_tickets.TryRemove(ticket, out _))
        {
            return new WebOpening(null, "The ticket was used before, or is not for this session.");
        }

        var recording = await WebRecording.CreateAsync(Path.Combine(_folder, $"{id}.sprec"), order.SessionId);
        _recordings[id] = recording;
        try
        {
            var context = new SessionContext(order.Order, recording.Writer, _app.Services.GetRequiredService<PortalLink>(), _registry, _time);
            var session = await WebSession.OpenAsync(context, order.Service, Origins, allowLocal: true, cancellationToken);
            _registry.Add(session);
            session.Start();
            return new WebOpening(session, null);
        }
        catch (AssetFailureException e)
        {
            return new WebOpening(null, e.Message);
        }
    }

    // Never dialled: what sessions report waits in it.
    private static PortalLink Unlinked(string folder, IHostApplicationLifetime lifetime)
    {
        var options = new GatewayOptions { PortalUrl = "https://portal.test", Url = "https://gateway.test", OverlayAddress = "127.0.0.1", DataFolder = folder, RecordingStore = folder };
        return new PortalLink(Options.Create(options), new GatewayAddresses(options.Url, options.OverlayAddress, null), new LinkClient(options.PortalUrl, null, folder, TimeProvider.System), new PortalCommands(new SessionRegistry(), []), TimeProvider.System, NullLogger<PortalLink>.Instance, lifetime);
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=web sessions", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    }
}
