using Microsoft.Extensions.Options;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Keys;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Recordings;
using Sallyport.Portal.Recordings.Video;
using Sallyport.Portal.Tests.Support;
using Sallyport.Recording;

namespace Sallyport.Portal.Tests.Recordings.Video;

/// <summary>A real portal with screen sessions whose recordings a test writes, sealed for it and signed by its gateway.</summary>
public sealed class RecordedScreens(PostgresCluster cluster) : IAsyncLifetime
{
    private int _services;

    public PlantWorld World { get; } = new(cluster);

    public Actor Reviewer { get; private set; } = null!;

    internal VideoExports Videos => World.Get<VideoExports>();

    public RecordingLibrary Library => World.Get<RecordingLibrary>();

    public string Store => World.Get<IOptions<PortalOptions>>().Value.RecordingStore;

    /// <summary>Where videos are.</summary>
    public string Folder => World.Get<IOptions<VideoOptions>>().Value.Folder!;

    public async Task InitializeAsync()
    {
        await World.InitializeAsync();
        Reviewer = await World.PersonAsync(Role.Compliance);
    }

    public Task DisposeAsync() => World.DisposeAsync();

    /// <summary>A session that is over, recorded as the script says.</summary>
    public async Task<Guid> RecordAsync(Func<ScreenScript, Task> script, ServiceKind kind = ServiceKind.Vnc)
    {
        var n = Interlocked.Increment(ref _services);
        var service = kind == ServiceKind.Ssh
            ? await World.ServiceAsync(World.Panel, $"Terminal {n}", 22 + n)
            : PlantWorld.Value(await World.Get<ServiceChanges>().AddAsync(World.Admin, World.Panel.Id, new ServiceSpec(kind, $"Screen {n}", 5900 + n, "", "secret", false, 30), default));
        var (technician, session) = await World.ActiveAsync(service);
        using var recipient = World.Get<KeyFolder>().Agreement("recordings");
        var header = new RecordingHeader(
            session.Id, technician.TenantId, new Party(technician.UserId, technician.Name), new Party(World.Plant.Id, World.Plant.Name), new Party(World.Panel.Id, World.Panel.Name),
            new Party(service.Id, service.Name), kind.ToString().ToLowerInvariant(), new Party(World.Gateway.Id, "gateway"), World.Gateway.Client.PublicKey.KeyId, "Look at the test panel", null, null,
            new DateTimeOffset(2026, 3, 4, 5, 6, 7, 250, TimeSpan.Zero), new DateTimeOffset(2026, 3, 4, 15, 0, 0, TimeSpan.Zero));
        await using var recording = await ScreenScript.BeginAsync(World.RecordingPath(session), header, recipient, World.Gateway.Client.Key);
        await script(recording);
        var head = await recording.SealAsync();
        await World.Gateway.ReportAsync(GatewayRoutes.Ended, session.Id, new SessionEnded(World.Time.GetUtcNow(), SessionEndReason.User, "Ended", new RecordingHeadReport(head.Chunk, head.Hash, head.Length, World.Time.GetUtcNow()), true));
        return session.Id;
    }

    public string PathOf(Guid session) => Directory.EnumerateFiles(Store, $"{session}.sprec", SearchOption.AllDirectories).Single();

    public async Task<RecordingSummary> ListingAsync(Guid session) => (await Library.GetAsync(Reviewer, session, default))!;

    public async Task<VideoState> MakeAsync(Guid session, bool skipIdle)
    {
        PlantWorld.Value(await Videos.StartAsync(Reviewer, await ListingAsync(session), skipIdle, default));
        return await WhenAsync(session, state => state.Stage is VideoStage.Done or VideoStage.Failed or VideoStage.Cancelled);
    }

    public Task<VideoState> WhenAsync(Guid session, Func<VideoState, bool> condition) =>
        Eventually.FindsAsync("the video is at that stage", () => Videos.Find(session) is { } state && condition(state) ? state : null);

    public async Task<IReadOnlyList<AuditEntry>> AuditAsync(AuditAction action, Guid session) => await World.AuditAsync(action, session);
}
