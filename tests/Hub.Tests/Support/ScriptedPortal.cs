using System.Collections.Concurrent;
using System.Net;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sallyport.Contracts.Links;

namespace Sallyport.Hub.Tests.Support;

/// <summary>Speaks to a hub and to plants' edges as the portal does, over the same link, and says what a test wants said.</summary>
internal sealed class ScriptedPortal : IAsyncDisposable
{
    private const int EndlessFrom = 1_000_000;

    /// <summary>Only what hangs takes that long, however busy the machine is.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<Guid, TaskCompletionSource<HubAck>> _acks = new();
    private readonly ConcurrentQueue<string> _drift = new();
    private readonly Guid _hub = Guid.NewGuid();
    private readonly WebApplication _app;
    private readonly X509Certificate2 _certificate;
    private volatile Channel<SseItem<string>>? _stream;
    private volatile TaskCompletionSource<HubAck> _firstState = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ECDsa? _hubKey;

    private ScriptedPortal(WebApplication app, X509Certificate2 certificate) => (_app, _certificate) = (app, certificate);

    public required Uri Url { get; init; }

    public string Pin => Convert.ToBase64String(SHA256.HashData(_certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    public string? HubPublicKey { get; private set; }

    /// <summary>What a hub is told first on each connection.</summary>
    public required Func<HubState> State { get; set; }

    /// <summary>Answers an edge that wants to enroll with this code and this public key.</summary>
    public Func<string, string, Task<(int Status, string Body)>> OnEnroll { get; set; } = (_, _) => Task.FromResult((403, "Nobody enrolls here now."));

    /// <summary>Everything that edges have sent, byte for byte: headers and bodies.</summary>
    public ConcurrentQueue<string> FromEdges { get; } = new();

    /// <summary>Answers nobody but with 503.</summary>
    public volatile bool IsAway;

    /// <summary>How often a hub has connected.</summary>
    public int Connections;

    public HubHealth? LastHealth { get; private set; }

    public static async Task<ScriptedPortal> StartAsync(IPAddress address, Func<HubState> state)
    {
        var certificate = Certificate();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        var port = FreePort.Next(address);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address, port, listen => listen.UseHttps(certificate)));
        var app = builder.Build();
        var portal = new ScriptedPortal(app, certificate) { Url = new Uri($"https://{address}:{port}"), State = state };
        portal.Map();
        await app.StartAsync();
        return portal;
    }

    /// <summary>Sends an order and gives the hub's ack.</summary>
    public Task<HubAck> OrderAsync<T>(string name, Guid command, T order) => OrderAsync(name, command, JsonSerializer.Serialize(order, LinkJson.Options));

    public async Task<HubAck> OrderAsync(string name, Guid command, string json)
    {
        var ack = _acks[command] = new TaskCompletionSource<HubAck>(TaskCreationOptions.RunContinuationsAsynchronously);
        Send(name, json);
        return await ack.Task.WaitAsync(Patience);
    }

    public void Send(string name, string json) => Assert.True(_stream?.Writer.TryWrite(new SseItem<string>(json, name)) is true, "The hub is not connected.");

    /// <summary>Call before a hub is started; then await what it returns: the ack of the state it is told first.</summary>
    public Task<HubAck> NextConnection()
    {
        _stream?.Writer.TryComplete();
        _firstState = new TaskCompletionSource<HubAck>(TaskCreationOptions.RunContinuationsAsynchronously);
        return _firstState.Task.WaitAsync(Patience);
    }

    /// <summary>Everything that was reported since the last call.</summary>
    public string[] TakeDrift()
    {
        var taken = new List<string>();
        while (_drift.TryDequeue(out var text))
        {
            taken.Add(text);
        }

        return [.. taken];
    }

    public async Task<string> DriftAsync(string containing)
    {
        string? found = null;
        var seen = new List<string>();
        await Shell.WaitAsync($"drift “{containing}”", () =>
        {
            seen.AddRange(TakeDrift());
            return Task.FromResult((found = seen.Find(text => text.Contains(containing, StringComparison.Ordinal))) is not null);
        });
        return found!;
    }

    public async ValueTask DisposeAsync()
    {
        _stream?.Writer.TryComplete();
        await _app.DisposeAsync();
        _certificate.Dispose();
        _hubKey?.Dispose();
    }

    private void Map()
    {
        _app.Use((HttpContext http, RequestDelegate next) =>
        {
            if (!IsAway)
            {
                return next(http);
            }

            http.Response.StatusCode = 503;
            return Task.CompletedTask;
        });
        _app.MapPost("/link/enroll", (ComponentEnrollment request) =>
        {
            if (request.Code != "hub-code" || request.Hub is null)
            {
                return Results.Json(new LinkError("enrollment_refused", "This code is not valid."), LinkJson.Options, statusCode: 403);
            }

            (_hubKey, HubPublicKey) = (request.Key.Import(), request.Hub.WireGuardPublicKey);
            return Results.Json(new ComponentEnrolled(_hub, "hub"), LinkJson.Options);
        });
        _app.MapGet(HubRoutes.Events, (HttpContext http) => IsHub(http) ? Results.Extensions.Events(EventsAsync(http.RequestAborted)) : Results.Unauthorized());
        _app.MapPost(HubRoutes.Acks, async (HttpContext http) =>
        {
            var ack = (await JsonSerializer.DeserializeAsync<HubAck>(http.Request.Body, LinkJson.Options))!;
            if (IsHub(http) && _acks.TryRemove(ack.Command, out var waiting))
            {
                waiting.TrySetResult(ack);
            }
        });
        _app.MapPost(HubRoutes.Health, async (HttpContext http) =>
        {
            var health = (await JsonSerializer.DeserializeAsync<HubHealth>(http.Request.Body, LinkJson.Options))!;
            LastHealth = health;
            foreach (var text in health.Drift)
            {
                _drift.Enqueue(text);
            }
        });
        _app.MapPost("/enroll/plant", async (HttpContext http) =>
        {
            using var reader = new StreamReader(http.Request.Body);
            var body = await reader.ReadToEndAsync();
            FromEdges.Enqueue(string.Join('\n', http.Request.Headers.Select(h => $"{h.Key}: {h.Value}")) + "\n\n" + body);
            var fields = body.Split('&').Select(f => f.Split('=', 2)).ToDictionary(f => f[0], f => Uri.UnescapeDataString(f[1].Replace('+', ' ')), StringComparer.Ordinal);
            var (status, answer) = await OnEnroll(fields["code"], fields["public_key"]);
            if (answer.Length < EndlessFrom)
            {
                return Results.Text(answer, statusCode: status);
            }

            // In chunks: nobody is told how long it will be.
            try
            {
                http.Response.StatusCode = status;
                await http.Response.WriteAsync(answer, http.RequestAborted);
                await http.Response.CompleteAsync();
            }
            catch (OperationCanceledException)
            {
                // The edge has hung up.
            }

            return Results.Empty;
        });
    }

    private async IAsyncEnumerable<SseItem<string>> EventsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (stream, state, first) = (Channel.CreateUnbounded<SseItem<string>>(), State(), _firstState);
        _acks[state.Command] = first;
        Interlocked.Increment(ref Connections);
        stream.Writer.TryWrite(new SseItem<string>(JsonSerializer.Serialize(state, LinkJson.Options), HubEvent.State));
        _stream = stream;
        await foreach (var item in stream.Reader.ReadAllAsync(cancellationToken))
        {
            yield return item;
        }
    }

    private bool IsHub(HttpContext http) =>
        http.Request.Headers.Authorization.ToString() is ['B', 'e', 'a', 'r', 'e', 'r', ' ', .. var token] && LinkToken.Check(token, DateTimeOffset.UtcNow, _ => _hubKey)?.Iss == _hub;

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Scripted portal", key, HashAlgorithmName.SHA256);
        using var bare = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(bare.Export(X509ContentType.Pkcs12), null);
    }

}

internal static class EventResults
{
    public static IResult Events(this IResultExtensions _, IAsyncEnumerable<SseItem<string>> items) => TypedResults.ServerSentEvents(items);
}
