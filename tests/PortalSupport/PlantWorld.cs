using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Access;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Keys;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Sessions;

namespace Sallyport.Portal.Tests.Support;

/// <summary>
/// A real portal with a tenant, its people, an enrolled plant that is online, a panel with two SSH services, a gateway
/// and a hub at the other ends of the control links. Sessions in it are real up to the gateway's door.
/// </summary>
public sealed class PlantWorld(PostgresCluster cluster) : IAsyncLifetime
{
    private int _addresses;
    private int _plants;

    public PostgresCluster Cluster { get; } = cluster;

    /// <summary>Further settings of its portal.</summary>
    public Action<WebApplicationBuilder>? Configure { get; init; }

    public ShiftedTime Time { get; } = new();

    public PortalInstance Portal { get; private set; } = null!;

    public ScriptedGateway Gateway { get; private set; } = null!;

    public ScriptedHub Hub { get; private set; } = null!;

    public Actor Admin { get; private set; } = null!;

    public Actor Operator { get; private set; } = null!;

    public Plant Plant { get; private set; } = null!;

    public Asset Panel { get; private set; } = null!;

    public Service Terminal { get; private set; } = null!;

    public Service Maintenance { get; private set; } = null!;

    public SessionConnector Broker => Get<SessionConnector>();

    public T Get<T>()
        where T : notnull => Portal.Services.GetRequiredService<T>();

    public async Task InitializeAsync()
    {
        Portal = await PortalInstance.StartAsync(Cluster, configure: builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(Time);
            Configure?.Invoke(builder);
        });
        Gateway = await ScriptedGateway.ConnectAsync(Portal);
        Hub = await ScriptedHub.ConnectAsync(Portal);
        Admin = await PersonAsync(Role.Admin);
        Operator = await PersonAsync(Role.Operator);
        Plant = Value(await Get<PlantRegistry>().AddAsync(Admin, "Test plant", "192.168.10.0/24", false, default));
        Assert.Null(await Get<PlantRegistry>().SetOperatorAsync(Admin, Plant.Id, Operator.UserId, true, default));
        await EnrollAsync(Plant);
        Panel = Value(await Get<AssetChanges>().AddAsync(Admin, Plant.Id, new AssetSpec("Panel", "192.168.10.20", "", null), default));
        Terminal = await ServiceAsync(Panel, "Terminal", 22);
        Maintenance = await ServiceAsync(Panel, "Maintenance", 2222);
    }

    public async Task DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Hub.DisposeAsync();
        await Portal.DisposeAsync();
    }

    public async Task<Actor> PersonAsync(params Role[] roles)
    {
        var user = (await Portal.AddUserAsync(roles)).User;
        return new Actor(user.Id, user.Name, user.TenantId, roles.ToHashSet(), "192.0.2.7");
    }

    public async Task<Service> ServiceAsync(Asset asset, string name, int port)
    {
        var service = Value(await Get<ServiceChanges>().AddAsync(Admin, asset.Id, new ServiceSpec(Sallyport.Contracts.ServiceKind.Ssh, name, port, "root", "not a real secret", false, 30), default));
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(51));
        Assert.Null(await Get<AssetRegistry>().PinHostKeyAsync(Admin, service.Id, new HostKeyScanResult(key, "ssh-ed25519", "SHA256:test", null), service.Version, default));
        return service;
    }

    /// <summary>An address in the network of every plant here that nothing has yet.</summary>
    public string FreeAddress() => $"192.168.10.{100 + Interlocked.Increment(ref _addresses)}";

    /// <summary>One more panel, with a terminal whose key is pinned.</summary>
    public async Task<(Asset Asset, Service Service)> NewAssetAsync(Plant? plant = null)
    {
        var address = FreeAddress();
        var asset = Value(await Get<AssetChanges>().AddAsync(Admin, (plant ?? Plant).Id, new AssetSpec($"Panel at {address}", address, "", null), default));
        return (asset, await StoredAsync(await ServiceAsync(asset, "Terminal", 22)));
    }

    /// <summary>One more plant, online when it is enrolled.</summary>
    public async Task<Plant> NewPlantAsync(bool enrolled = true)
    {
        var plant = Value(await Get<PlantRegistry>().AddAsync(Admin, $"Plant {Interlocked.Increment(ref _plants)}", "192.168.10.0/24", false, default));
        if (enrolled)
        {
            await EnrollAsync(plant);
        }

        return plant;
    }

    /// <summary>The service as it is now, removed or not.</summary>
    public async Task<Service> StoredAsync(Service service)
    {
        await using var db = Get<PortalDbFactory>().ForSystem();
        return await db.Services.AsNoTracking().FirstAsync(s => s.Id == service.Id);
    }

    /// <summary>What is stored for the service to be presented where it leads now.</summary>
    public async Task<string> SecretAsync(Service service)
    {
        await using var db = Get<PortalDbFactory>().ForSystem();
        var stored = await db.Services.AsNoTracking().FirstAsync(s => s.Id == service.Id);
        var address = await db.Assets.Where(a => a.Id == stored.AssetId).Select(a => a.Address).FirstAsync();
        return Get<CredentialSeal>().Open(stored.SealedCredential, stored.Id, CredentialDestination.Of(stored, address).Text);
    }

    /// <summary>Where the session's recording is to lie.</summary>
    public string RecordingPath(Session session) =>
        Path.Combine(Get<IOptions<PortalOptions>>().Value.RecordingStore, Sallyport.Portal.Recordings.RecordingStore.FileOf(session.Id, session.TicketRedeemedAt!.Value));

    /// <summary>Asks for the service and has it approved.</summary>
    public async Task<Grant> GrantAsync(Actor technician, Service service, TimeSpan? duration = null)
    {
        var request = Value(await Get<AccessRequests>().SubmitAsync(technician, service.Id, "Look at the test panel", null, Time.GetUtcNow(), duration ?? TimeSpan.FromHours(1), default));
        return Value(await Get<AccessRequests>().ApproveAsync(Admin, request.Id, "", null, default));
    }

    /// <summary>A technician with a grant, whose session has its path open.</summary>
    public async Task<(Actor Technician, Session Session)> ReadyAsync(Service? service = null)
    {
        var technician = await PersonAsync(Role.Technician);
        await GrantAsync(technician, service ?? Terminal);
        return (technician, Value(await Broker.ConnectAsync(technician, (service ?? Terminal).Id, default)));
    }

    /// <summary>The same, redeemed by the gateway and recording.</summary>
    public async Task<(Actor Technician, Session Session)> ActiveAsync(Service? service = null)
    {
        var (technician, session) = await ReadyAsync(service);
        var ticket = Value(await Broker.IssueTicketAsync(technician, session.Id, default));
        Assert.NotNull((await Gateway.RedeemAsync(ticket.Ticket)).Order);
        await Gateway.ReportAsync(GatewayRoutes.Started, session.Id, new SessionStarted(Time.GetUtcNow(), "192.0.2.7"));
        return (technician, await SessionAsync(session.Id));
    }

    public async Task<Session> SessionAsync(Guid id)
    {
        await using var db = Get<PortalDbFactory>().ForSystem();
        return await db.Sessions.AsNoTracking().FirstAsync(s => s.Id == id);
    }

    /// <summary>The session when it has ended.</summary>
    public Task<Session> EndedAsync(Guid id) =>
        Eventually.FindsAsync("the session has ended", async () => await SessionAsync(id) is { State: SessionState.Ended } session ? session : null);

    /// <summary>The path is closed a moment after the session's row says that it ended.</summary>
    public Task PathClosedAsync(Guid id) => Eventually.HoldsAsync("the path is closed", () => !Hub.Paths.ContainsKey(id));

    public async Task<IReadOnlyList<AuditEntry>> AuditAsync(AuditAction action, Guid subject) =>
        [.. (await Get<AuditSearch>().FindAsync(Admin, new AuditQuery(subject.ToString(), action.Name, null, null, null, null), default))];

    /// <summary>Brings the plant online as its edge would: enrolled, with a handshake that is fresh.</summary>
    public async Task EnrollAsync(Plant plant)
    {
        await using var db = NpgsqlDataSource.Create(Portal.Database.Portal);
        await using var command = db.CreateCommand("update plants set public_key = $1, enrolled_at = now(), last_handshake_at = now() + interval '30 days' where id = $2");
        command.Parameters.AddWithValue(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        command.Parameters.AddWithValue(plant.Id);
        await command.ExecuteNonQueryAsync();
    }

    public static T Value<T>(Outcome<T> outcome)
        where T : class
    {
        Assert.Null(outcome.Error);
        return outcome.Value!;
    }
}
