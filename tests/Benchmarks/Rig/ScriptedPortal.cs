using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;

namespace Sallyport.Benchmarks.Rig;

/// <summary>
/// The portal's end of a gateway's control link and nothing else, behind a certificate of its own: each ticket is redeemed for the
/// order that it was made for.
/// </summary>
internal sealed class ScriptedPortal : IAsyncDisposable
{
    public const string Origin = "https://portal.test";

    private readonly WebApplication _app;
    private readonly ScriptedLink _link;
    private readonly ConcurrentDictionary<Guid, SessionSpec> _issued = new();

    private ScriptedPortal(WebApplication app, string url, string pin) => (_app, _link, Url, Pin) = (app, new ScriptedLink(Origin, session => _issued[session]), url, pin);

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
        var portal = new ScriptedPortal(app, $"https://127.0.0.1:{port}", SelfSigned.PinOf(certificate));
        portal._link.Map(app);
        await app.StartAsync(cancellationToken);
        return portal;
    }

    /// <param name="describe">Makes the order for one service of one asset from one that says everything else.</param>
    public (string Ticket, Guid Session) NewTicket(Func<SessionSpec, SessionSpec> describe)
    {
        var session = Guid.NewGuid();
        _issued[session] = describe(Blank(session));
        return (_link.NewTicket(session), session);
    }

    public async ValueTask DisposeAsync()
    {
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1)))
        {
            await _app.StopAsync(patience.Token);
        }

        await _app.DisposeAsync();
        _link.Dispose();
    }

    private static SessionSpec Blank(Guid session) => new(
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
        new RecordingKeySpec("", "", ""));
}
