using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sallyport.Contracts.Links;
using Sallyport.Contracts.Signing;
using Sallyport.Contracts.Tickets;

namespace Sallyport.Tests.Support;

/// <summary>
/// The portal's end of a gateway's control link and nothing else: says hello, hands out tickets, lets each be redeemed once, and says to
/// the gateway what a test wants said.
/// </summary>
/// <param name="origin">The portal's.</param>
/// <param name="order">What the ticket for a session is redeemed for.</param>
public sealed class ScriptedLink(string origin, Func<Guid, SessionSpec> order) : IDisposable
{
    private static readonly TimeSpan Ping = TimeSpan.FromSeconds(15);

    private readonly Guid _gateway = Guid.NewGuid();
    private readonly ECDsa _ticketKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly Channel<SseItem<string>> _events = Channel.CreateUnbounded<SseItem<string>>();
    private readonly ConcurrentDictionary<string, bool> _redeemed = new(StringComparer.Ordinal);

    /// <summary>The id of every watch here.</summary>
    public Guid Watch { get; } = Guid.NewGuid();

    /// <summary>Reads the recordings.</summary>
    public ECDiffieHellman RecordingKey { get; } = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>What the gateway told the portal: route and body.</summary>
    public ConcurrentQueue<(string Route, string Body)> Reports { get; } = new();

    public string NewTicket(Guid session, TicketUse use = TicketUse.Open)
    {
        var now = DateTimeOffset.UtcNow;
        return new Ticket(Guid.NewGuid().ToString("N"), _gateway, session, now.ToUnixTimeSeconds(), (now + Ticket.Lifetime).ToUnixTimeSeconds(), (now + TimeSpan.FromHours(8)).ToUnixTimeSeconds(), use)
            .Sign(PublicKey.Of(_ticketKey).KeyId, _ticketKey);
    }

    /// <summary>Tells the gateway.</summary>
    /// <param name="name">One of <see cref="GatewayEvent"/>.</param>
    public void Send<T>(string name, T message) => _events.Writer.TryWrite(new SseItem<string>(JsonSerializer.Serialize(message, LinkJson.Options), name));

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/link/enroll", () => Json(new ComponentEnrolled(_gateway, "test")));
        app.MapGet(GatewayRoutes.Events, (HttpContext http) => TypedResults.ServerSentEvents(EventsAsync(http.RequestAborted)));
        app.MapPost(GatewayRoutes.Sync, () => Json(new SessionsToEnd([], [])));
        app.MapPost(GatewayRoutes.Redeem, (TicketRedemption redemption) => Redeem(redemption, session => order(session) with { SessionId = session, RecordingKey = KeyOf(session) }));
        app.MapPost(GatewayRoutes.RedeemWatch, (TicketRedemption redemption) => Redeem(redemption, session => new WatchSpec(session, Watch, new PartyName(Guid.NewGuid(), "Admin"))));
        app.MapPost(GatewayRoutes.RedeemTakeOver, (TicketRedemption redemption) => Redeem(redemption, session => new TakeOverSpec(session)));
        foreach (var route in new[] { GatewayRoutes.Refusals, GatewayRoutes.Started, GatewayRoutes.Connected, GatewayRoutes.Head, GatewayRoutes.Control, GatewayRoutes.Ended, GatewayRoutes.Scans })
        {
            app.MapPost(route, async (HttpRequest request) =>
            {
                using var body = new StreamReader(request.Body);
                Reports.Enqueue((route, await body.ReadToEndAsync()));
                return Results.NoContent();
            });
        }
    }

    /// <summary>Says no more: the gateway's stream of events ends.</summary>
    public void Complete() => _events.Writer.TryComplete();

    public void Dispose()
    {
        _ticketKey.Dispose();
        RecordingKey.Dispose();
    }

    private RecordingKeySpec KeyOf(Guid session) => new("kek", Base64Url.EncodeToString(RecordingKey.ExportSubjectPublicKeyInfo()), $"{session}.sprec");

    private IResult Redeem<T>(TicketRedemption redemption, Func<Guid, T> answer) =>
        Ticket.Check(redemption.Ticket, _gateway, DateTimeOffset.UtcNow, _ => _ticketKey) is { Fault: null, Claims: { } claims } && _redeemed.TryAdd(claims.Jti, true)
            ? Json(answer(claims.Sub))
            : Results.Json(new LinkError("refused", "The ticket was refused."), LinkJson.Options, statusCode: StatusCodes.Status409Conflict);

    private static IResult Json<T>(T body) => Results.Json(body, LinkJson.Options);

    private async IAsyncEnumerable<SseItem<string>> EventsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new SseItem<string>(JsonSerializer.Serialize(new GatewayHello([PublicKey.Of(_ticketKey)], origin, DateTimeOffset.UtcNow), LinkJson.Options), GatewayEvent.Hello);
        using var ping = new Timer(_ => _events.Writer.TryWrite(new SseItem<string>("{}", GatewayEvent.Ping)), null, Ping, Ping);
        await foreach (var item in _events.Reader.ReadAllAsync(cancellationToken))
        {
            yield return item;
        }
    }
}
