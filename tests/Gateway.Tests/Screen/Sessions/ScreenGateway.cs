using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Contracts.Tickets;
using Sallyport.Gateway.Link;
using Sallyport.Gateway.Screen;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Tests.Terminal;
using Sallyport.Recording;

namespace Sallyport.Gateway.Tests.Screen.Sessions;

/// <summary>
/// The gateway's screens as its own Program wires them, in a real Kestrel, with the portal's end of the control link scripted beside
/// it: one VNC service, any number of tickets for it, each redeemed once. Recordings are real files.
/// </summary>
internal sealed class ScreenGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _folder;
    private readonly SessionSpec _order;
    private readonly ScriptedLink _portal;
    private readonly ConcurrentBag<HttpContext> _links = [];

    private ScreenGateway(WebApplication app, string folder, string origin, SessionSpec order) =>
        (_app, _folder, Origin, _order, _portal) = (app, folder, origin, order, new ScriptedLink(origin, _ => order));

    /// <summary>Of portal and gateway alike.</summary>
    public string Origin { get; }

    /// <summary>What the gateway told the portal: route and body.</summary>
    public ConcurrentQueue<(string Route, string Body)> Reports => _portal.Reports;

    /// <summary>The id of every watch here.</summary>
    public Guid Watch => _portal.Watch;

    public IServiceProvider Services => _app.Services;

    /// <param name="asset">Where its VNC server listens.</param>
    /// <param name="map">What else the portal serves.</param>
    /// <param name="time">The gateway's.</param>
    /// <param name="kind">What its tickets are for.</param>
    /// <param name="add">Further services, such as a protocol.</param>
    public static async Task<ScreenGateway> StartAsync(int asset, ScreenSettings? settings = null, AssetCredential? credential = null, Action<WebApplication, ScreenGateway>? map = null, TimeProvider? time = null, ServiceKind kind = ServiceKind.Vnc, Action<IServiceCollection>? add = null)
    {
        var origin = $"http://localhost:{FreePort.Next()}";
        var folder = Directory.CreateTempSubdirectory("sallyport-screen").FullName;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Gateway:PortalUrl"] = origin,
            ["Gateway:Url"] = origin,
            ["Gateway:OverlayAddress"] = "127.0.0.1",
            ["Gateway:DataFolder"] = folder,
            ["Gateway:RecordingStore"] = folder,
            ["Gateway:EnrollmentCode"] = "code",
        });
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.Services.AddOptions<GatewayOptions>().BindConfiguration(GatewayOptions.Section);
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddLink();
        builder.Services.AddSessions();
        builder.Services.AddSingleton(new GatewayAddresses(origin, "127.0.0.1", null));
        builder.Services.AddSingleton<ISessionProtocol, ScreenProtocol>();
        add?.Invoke(builder.Services);
        builder.WebHost.UseUrls(origin);
        var app = builder.Build();
        var gateway = new ScreenGateway(app, folder, origin, Order(asset, settings, credential) with { Kind = kind });
        app.Use((http, next) =>
        {
            if (http.Request.Path == "/screen")
            {
                gateway._links.Add(http);
            }

            return next(http);
        });
        app.UseWebSockets();
        app.MapSessions();
        gateway._portal.Map(app);
        map?.Invoke(app, gateway);
        await app.StartAsync();
        var link = app.Services.GetRequiredService<PortalLink>();
        await Eventually.HoldsAsync("the control link", () => link.IsUp);
        return gateway;
    }

    public ScreenSettings Settings => _order.Screen ?? new ScreenSettings();

    public string NewTicket(Guid session, TicketUse use = TicketUse.Open) => _portal.NewTicket(session, use);

    /// <summary>A browser with a session of its own.</summary>
    public async Task<ScreenBrowser> OpenAsync()
    {
        var browser = await ScreenBrowser.ConnectAsync(Origin);
        await browser.SayAsync(SessionMessages.Open, new OpenMessage(NewTicket(Guid.NewGuid()), 0, 0));
        return browser;
    }

    /// <summary>A browser that comes back to a session with the token that it was given.</summary>
    public async Task<ScreenBrowser> ResumeAsync(OpenedMessage opened)
    {
        var browser = await ScreenBrowser.ConnectAsync(Origin);
        await browser.SayAsync(SessionMessages.Resume, new ResumeMessage(opened.SessionId, opened.ResumeToken, 0, 0, 0));
        return browser;
    }

    public async Task<ScreenBrowser> WatchAsync(Guid session)
    {
        var browser = await ScreenBrowser.ConnectAsync(Origin);
        await browser.SayAsync(SessionMessages.Watch, new WatchMessage(NewTicket(session, TicketUse.Watch)));
        return browser;
    }

    /// <summary>The same user goes on in another browser.</summary>
    public async Task<ScreenBrowser> TakeOverAsync(string ticket)
    {
        var browser = await ScreenBrowser.ConnectAsync(Origin);
        await browser.SayAsync(SessionMessages.TakeOver, new OpenMessage(ticket, 0, 0));
        return browser;
    }

    /// <summary>Cuts the links of all browsers, as when a network goes.</summary>
    public void DropLinks()
    {
        foreach (var link in _links)
        {
            link.Abort();
        }
    }

    /// <summary>Somebody at the portal gives control, or takes it back.</summary>
    public void Answer(Guid session, bool given) =>
        _portal.Send(GatewayEvent.Control, new ControlAnswer(session, given, "Plant operator"));

    /// <summary>The portal takes the watchers' right away.</summary>
    public void EndWatch(Guid session, string message) =>
        _portal.Send(GatewayEvent.EndWatch, new EndWatch(session, Watch, message));

    /// <summary>The portal ends the session.</summary>
    public void End(Guid session, SessionEndReason reason, string message) =>
        _portal.Send(GatewayEvent.EndSession, new EndSession(session, reason, message));

    public ScreenSession? Find(Guid session) => (ScreenSession?)Running(session);

    private BrokeredSession? Running(Guid session) => Services.GetRequiredService<SessionRegistry>().Find(session);

    /// <summary>Ends the session and reads what was recorded of it.</summary>
    public async Task<List<(RecordingEventKind Kind, byte[] Payload)>> RecordingAsync(Guid session)
    {
        if (Running(session) is { } running)
        {
            running.End(SessionEndReason.User, "The test is over.");
            await running.Completion;
        }

        await using var file = File.OpenRead(Directory.EnumerateFiles(_folder, $"{session}.sprec", SearchOption.AllDirectories).Single());
        using var reader = await RecordingReader.OpenAsync(file, _portal.RecordingKey, CancellationToken.None);
        var events = new List<(RecordingEventKind, byte[])>();
        await foreach (var entry in reader.ReadAsync(TimeSpan.Zero, CancellationToken.None))
        {
            events.Add((entry.Kind, entry.Payload.ToArray()));
        }

        return events;
    }

    public async ValueTask DisposeAsync()
    {
        _portal.Complete();
        await Services.GetRequiredService<SessionRegistry>().EndAllAsync("The test is over.");
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1)))
        {
            await _app.StopAsync(patience.Token);
        }

        await _app.DisposeAsync();
        _portal.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static SessionSpec Order(int asset, ScreenSettings? settings, AssetCredential? credential) => new(
        Guid.Empty,
        Guid.NewGuid(),
        new PartyName(Guid.NewGuid(), "Technician"),
        new PartyName(Guid.NewGuid(), "Waterworks"),
        new PartyName(Guid.NewGuid(), "Mixer panel"),
        new PartyName(Guid.NewGuid(), "Screen"),
        ServiceKind.Vnc,
        "127.0.0.1",
        asset,
        credential ?? AssetCredential.None,
        null,
        "Level too low",
        null,
        null,
        DateTimeOffset.UtcNow.AddHours(1),
        0,
        60,
        new RecordingKeySpec("kek", "", ""),
        Screen: settings);
}
