using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Contracts.Signing;
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
    /// <summary>The id of every watch here.</summary>
    public static readonly Guid Watch = Guid.NewGuid();

    private static readonly Guid GatewayId = Guid.NewGuid();

    private readonly WebApplication _app;
    private readonly string _folder;
    private readonly SessionSpec _order;
    private readonly ECDsa _ticketKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDiffieHellman _recordingKey = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
    private readonly Channel<SseItem<string>> _events = Channel.CreateUnbounded<SseItem<string>>();
    private readonly ConcurrentBag<HttpContext> _links = [];
    private readonly ConcurrentDictionary<string, bool> _redeemed = new(StringComparer.Ordinal);

    private ScreenGateway(WebApplication app, string folder, string origin, SessionSpec order) => (_app, _folder, Origin, _order) = (app, folder, origin, order);

    /// <summary>Of portal and gateway alike.</summary>
    public string Origin { get; }

    /// <summary>What the gateway told the portal: route and body.</summary>
    public ConcurrentQueue<(string Route, string Body)> Reports { get; } = new();

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
        gateway.MapPortal();
        map?.Invoke(app, gateway);
        await app.StartAsync();
        var link = app.Services.GetRequiredService<PortalLink>();
        await UntilAsync(() => link.IsUp, "the control link");
        return gateway;
    }

    public ScreenSettings Settings => _order.Screen ?? new ScreenSettings();

    public string NewTicket(Guid session, TicketUse use = TicketUse.Open)
    {
        var now = DateTimeOffset.UtcNow;
        return new Ticket(Guid.NewGuid().ToString("N"), GatewayId, session, now.ToUnixTimeSeconds(), (now + Ticket.Lifetime).ToUnixTimeSeconds(), (now + TimeSpan.FromHours(1)).ToUnixTimeSeconds(), use)
            .Sign(PublicKey.Of(_ticketKey).KeyId, _ticketKey);
    }

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
        _events.Writer.TryWrite(new SseItem<string>(JsonSerializer.Serialize(new ControlAnswer(session, given, "Plant operator"), LinkJson.Options), GatewayEvent.Control));

    /// <summary>The portal takes the watchers' right away.</summary>
    public void EndWatch(Guid session, string message) =>
        _events.Writer.TryWrite(new SseItem<string>(JsonSerializer.Serialize(new EndWatch(session, Watch, message), LinkJson.Options), GatewayEvent.EndWatch));

    /// <summary>The portal ends the session.</summary>
    public void End(Guid session, SessionEndReason reason, string message) =>
        _events.Writer.TryWrite(new SseItem<string>(JsonSerializer.Serialize(new EndSession(session, reason, message), LinkJson.Options), GatewayEvent.EndSession));

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
        using var reader = await RecordingReader.OpenAsync(file, _recordingKey, CancellationToken.None);
        var events = new List<(RecordingEventKind, byte[])>();
        await foreach (var entry in reader.ReadAsync(TimeSpan.Zero, CancellationToken.None))
        {
            events.Add((entry.Kind, entry.Payload.ToArray()));
        }

        return events;
    }

    public static async Task UntilAsync(Func<bool> condition, string because)
    {
        for (var end = DateTime.UtcNow.AddSeconds(30); !condition(); await Task.Delay(20))
        {
            Assert.True(DateTime.UtcNow < end, $"Waited in vain for {because}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _events.Writer.TryComplete();
        await Services.GetRequiredService<SessionRegistry>().EndAllAsync("The test is over.");
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1)))
        {
            await _app.StopAsync(patience.Token);
        }

        await _app.DisposeAsync();
        _ticketKey.Dispose();
        _recordingKey.Dispose();
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

    private void MapPortal()
    {
        _app.MapPost("/link/enroll", () => Json(new ComponentEnrolled(GatewayId, "test")));
        _app.MapGet(GatewayRoutes.Events, (HttpContext http) => TypedResults.ServerSentEvents(EventsAsync(http.RequestAborted)));
        _app.MapPost(GatewayRoutes.Sync, () => Json(new SessionsToEnd([], [])));
        _app.MapPost(GatewayRoutes.Redeem, (TicketRedemption redemption) => Redeem(
            redemption, session => _order with { SessionId = session, RecordingKey = new RecordingKeySpec("kek", Base64Url.EncodeToString(_recordingKey.ExportSubjectPublicKeyInfo()), $"{session}.sprec") }));
        _app.MapPost(GatewayRoutes.RedeemWatch, (TicketRedemption redemption) => Redeem(
            redemption, session => new WatchSpec(session, Watch, new PartyName(Guid.NewGuid(), "Admin"))));
        _app.MapPost(GatewayRoutes.RedeemTakeOver, (TicketRedemption redemption) => Redeem(redemption, session => new TakeOverSpec(session)));
        foreach (var route in new[] { GatewayRoutes.Refusals, GatewayRoutes.Started, GatewayRoutes.Head, GatewayRoutes.Control, GatewayRoutes.Ended, GatewayRoutes.Scans })
        {
            _app.MapPost(route, async (HttpRequest request) =>
            {
                using var body = new StreamReader(request.Body);
                Reports.Enqueue((route, await body.ReadToEndAsync()));
                return Results.NoContent();
            });
        }
    }

    private IResult Redeem<T>(TicketRedemption redemption, Func<Guid, T> order) =>
        Ticket.Check(redemption.Ticket, GatewayId, DateTimeOffset.UtcNow, _ => _ticketKey) is { Fault: null, Claims: { } claims } && _redeemed.TryAdd(claims.Jti, true)
            ? Json(order(claims.Sub))
            : Results.Json(new LinkError("refused", "The ticket was refused."), LinkJson.Options, statusCode: StatusCodes.Status409Conflict);

    private static IResult Json<T>(T body) => Results.Json(body, LinkJson.Options);

    private async IAsyncEnumerable<SseItem<string>> EventsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new SseItem<string>(JsonSerializer.Serialize(new GatewayHello([PublicKey.Of(_ticketKey)], Origin, DateTimeOffset.UtcNow), LinkJson.Options), GatewayEvent.Hello);
        await foreach (var item in _events.Reader.ReadAllAsync(cancellationToken))
        {
            yield return item;
        }
    }
}
