using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Contracts.Signing;
using Sallyport.Contracts.Tickets;
using PublicKey = Sallyport.Contracts.Signing.PublicKey;

namespace Sallyport.Benchmarks.Rig;

/// <summary>
/// The portal's end of a gateway's control link and nothing else: says hello, hands out tickets, and lets each be redeemed once
/// for the order that it was made for.
/// </summary>
internal sealed class ScriptedPortal : IAsyncDisposable
{
    public const string Origin = "https://portal.test";

    private static readonly Guid GatewayId = Guid.NewGuid();
    private static readonly TimeSpan Ping = TimeSpan.FromSeconds(15);

    private readonly WebApplication _app;
    private readonly ECDsa _ticketKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDiffieHellman _recordingKey = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
    private readonly ConcurrentDictionary<Guid, SessionSpec> _issued = new();

    private ScriptedPortal(WebApplication app, string url, string pin) => (_app, Url, Pin) = (app, url, pin);

    public string Url { get; }

    /// <summary>As the gateway's <c>PortalCertificatePin</c>.</summary>
    public string Pin { get; }

    public static async Task<ScriptedPortal> StartAsync(X509Certificate2 certificate, CancellationToken cancellationToken)
    {
        var port = FreePort.Next();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen => listen.UseHttps(certificate)));
        var app = builder.Build();
        var portal = new ScriptedPortal(app, $"https://127.0.0.1:{port}", Convert.ToBase64String(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo())));
        portal.Map();
        await app.StartAsync(cancellationToken);
        return portal;
    }

    /// <param name="describe">Makes the order for one service of one asset from one that says everything else.</param>
    public (string Ticket, Guid Session) NewTicket(Func<SessionSpec, SessionSpec> describe)
    {
        var now = DateTimeOffset.UtcNow;
        var session = Guid.NewGuid();
        _issued[session] = describe(Blank(session));
        var ticket = new Ticket(Guid.NewGuid().ToString("N"), GatewayId, session, now.ToUnixTimeSeconds(), (now + Ticket.Lifetime).ToUnixTimeSeconds(), (now + TimeSpan.FromHours(8)).ToUnixTimeSeconds());
        return (ticket.Sign(PublicKey.Of(_ticketKey).KeyId, _ticketKey), session);
    }

    public async ValueTask DisposeAsync()
    {
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1)))
        {
            await _app.StopAsync(patience.Token);
        }

        await _app.DisposeAsync();
        _ticketKey.Dispose();
        _recordingKey.Dispose();
    }

    private void Map()
    {
        _app.MapPost("/link/enroll", () => Json(new ComponentEnrolled(GatewayId, "benchmark")));
        _app.MapGet(GatewayRoutes.Events, (HttpContext http) => TypedResults.ServerSentEvents(EventsAsync(http.RequestAborted)));
        _app.MapPost(GatewayRoutes.Sync, () => Json(new SessionsToEnd([], [])));
        _app.MapPost(GatewayRoutes.Redeem, (TicketRedemption redemption) =>
            Ticket.Check(redemption.Ticket, GatewayId, DateTimeOffset.UtcNow, _ => _ticketKey) is { Fault: null, Claims: { } claims } && _issued.TryRemove(claims.Sub, out var order)
                ? Json(order)
                : Results.Json(new LinkError("refused", "The ticket was refused."), LinkJson.Options, statusCode: StatusCodes.Status409Conflict));
        foreach (var route in new[] { GatewayRoutes.Refusals, GatewayRoutes.Started, GatewayRoutes.Connected, GatewayRoutes.Head, GatewayRoutes.Ended, GatewayRoutes.Scans })
        {
            _app.MapPost(route, () => Results.NoContent());
        }

        static IResult Json<T>(T body) => Results.Json(body, LinkJson.Options);
    }

    private async IAsyncEnumerable<SseItem<string>> EventsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new SseItem<string>(JsonSerializer.Serialize(new GatewayHello([PublicKey.Of(_ticketKey)], Origin, DateTimeOffset.UtcNow), LinkJson.Options), GatewayEvent.Hello);
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(Ping, cancellationToken);
            yield return new SseItem<string>("{}", GatewayEvent.Ping);
        }
    }

    private SessionSpec Blank(Guid session) => new(
        session,
        Guid.Empty,
        new PartyName(Guid.Empty, "Benchmark technician"),
        new PartyName(Guid.Empty, "Benchmark plant"),
        new PartyName(Guid.Empty, "Benchmark asset"),
        new PartyName(Guid.Empty, "service"),
        ServiceKind.Ssh,
        "127.0.0.1",
        0,
        AssetCredential.None,
        HostKey: null,
        "A benchmark",
        null,
        null,
        DateTimeOffset.UtcNow + TimeSpan.FromHours(8),
        IdleTimeoutSeconds: 0,
        LinkGraceSeconds: 1,
        new RecordingKeySpec("benchmark", Base64Url.EncodeToString(_recordingKey.ExportSubjectPublicKeyInfo()), $"{session}.sprec"));
}
