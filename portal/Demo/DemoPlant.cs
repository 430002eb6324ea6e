using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Plants;

namespace Sallyport.Portal.Demo;

/// <summary>
/// Fills an empty portal with one demo tenant, its users, and the demo plant, through the same services as the pages.
/// The plant's edge then enrolls with the code that is left in the folder; host keys are read through its tunnel.
/// </summary>
internal sealed partial class DemoPlant(
    IConfiguration configuration,
    PortalDbFactory factory,
    UserDirectory users,
    PlantRegistry plants,
    AssetRegistry assets,
    AssetChanges assetChanges,
    ServiceChanges serviceChanges,
    TimeProvider time,
    ILogger<DemoPlant> log) : BackgroundService
{
    private const string PlantName = "Demo plant";
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly string _folder = configuration["Demo:Folder"]!;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var admin = await AdminAsync(stoppingToken);
            var plant = await PlantAsync(admin, stoppingToken);
            await File.WriteAllTextAsync(At("seeded"), "", stoppingToken);
            await PinHostKeysAsync(admin, plant, stoppingToken);
            await File.WriteAllTextAsync(At("ready"), "", stoppingToken);
        }
        catch (InvalidOperationException e)
        {
            Log.Failed(log, e.Message);
        }
    }

    private async Task<Actor> AdminAsync(CancellationToken cancellationToken)
    {
        var tenant = await users.TenantAsync("Demo company", cancellationToken);
        await using (var db = factory.ForSystem())
        {
            if (await db.People.AsNoTracking().FirstOrDefaultAsync(u => u.TenantId == tenant.Id && u.Name == "Demo admin", cancellationToken) is { } known)
            {
                return Actor(known);
            }
        }

        User? admin = null;
        var lines = new List<string>();
        foreach (var role in new[] { Role.Technician, Role.Admin, Role.Compliance, Role.Operator })
        {
            var name = role.ToString().ToLowerInvariant();
            var password = UserDirectory.NewPassword();
            var result = await users.CreateAsync(tenant.Id, $"Demo {name}", name, password, [role], cancellationToken);
            admin = role == Role.Admin ? result.User : admin;
            lines.Add($"{name,-12} {password}");
        }

        await File.WriteAllLinesAsync(At("accounts.txt"), lines, cancellationToken);
        return Actor(admin ?? throw new InvalidOperationException("The demo admin could not be made."));

        static Actor Actor(User user) => new(user.Id, user.Name, user.TenantId, user.Roles.ToHashSet(), null);
    }

    private async Task<Plant> PlantAsync(Actor admin, CancellationToken cancellationToken)
    {
        if ((await plants.ListAsync(admin, cancellationToken)).Select(p => p.Plant).FirstOrDefault(p => p.Name == PlantName) is { } known)
        {
            return known;
        }

        // The hub enrolls at about the same time.
        Outcome<Plant> added;
        while ((added = await plants.AddAsync(admin, PlantName, "192.168.10.0/24", false, cancellationToken)).Value is null)
        {
            await Task.Delay(Retry, time, cancellationToken);
        }

        var plant = added.Value;
        var operatorUser = (await plants.OperatorsAsync(admin, plant.Id, cancellationToken)).Single().User;
        await plants.SetOperatorAsync(admin, plant.Id, operatorUser.Id, true, cancellationToken);

        // The hosts' credentials are made by tests/plant/up, a moment later.
        while (!File.Exists(At("host-key")))
        {
            await Task.Delay(Retry, time, cancellationToken);
        }

        await AddAsync("Edge box", "192.168.10.1", "demo, linux", null, await File.ReadAllTextAsync(At("host-password"), cancellationToken), false);
        await AddStationAsync();
        await AddAsync("Filler panel", "192.168.10.20", "demo, needs release", true, await File.ReadAllTextAsync(At("host-key"), cancellationToken), true);
        var mixer = await assetChanges.AddAsync(admin, plant.Id, new AssetSpec("Mixer panel", "192.168.10.50", "demo, screen", null), cancellationToken);
        await serviceChanges.AddAsync(
            admin, mixer.Value!.Id, new ServiceSpec(ServiceKind.Vnc, "Screen", 5900, "", await File.ReadAllTextAsync(At("host-vnc-password"), cancellationToken), false, 30, new ScreenSettings { Clipboard = ClipboardPolicy.ToAsset }), cancellationToken);
        await serviceChanges.AddAsync(
            admin, mixer.Value.Id, new ServiceSpec(ServiceKind.Vnc, "Screen, control on request", 5900, "", await File.ReadAllTextAsync(At("host-vnc-password"), cancellationToken), false, 30, new ScreenSettings { Control = ScreenControl.AskPlant, MaskKeys = true }), cancellationToken);
        var code = await plants.NewCodeAsync(admin, plant.Id, cancellationToken);
        await File.WriteAllTextAsync(At("enrollment-code"), code.Value, cancellationToken);
        return plant;

        async Task AddAsync(string name, string address, string tags, bool? release, string secret, bool isKey)
        {
            var asset = await assetChanges.AddAsync(admin, plant.Id, new AssetSpec(name, address, tags, release), cancellationToken);
            await serviceChanges.AddAsync(admin, asset.Value!.Id, new ServiceSpec(ServiceKind.Ssh, "Terminal", 22, "sallyport-demo", secret, isKey, 30), cancellationToken);
        }

        async Task AddStationAsync()
        {
            var asset = await assetChanges.AddAsync(admin, plant.Id, new AssetSpec("Water station", "192.168.10.40", "demo, web hmi", null), cancellationToken);
            var web = new WebSettings { Tls = true, SignIn = WebSignIn.Form, Form = new WebFormRecipe("/login", "name", "password", "/login", false, "STATION") };
            var secret = await File.ReadAllTextAsync(At("hmi-password"), cancellationToken);
            await serviceChanges.AddAsync(admin, asset.Value!.Id, new ServiceSpec(ServiceKind.Web, "Web HMI", 443, "operator", secret, false, 30, Web: web), cancellationToken);
        }
    }

    private async Task PinHostKeysAsync(Actor admin, Plant plant, CancellationToken cancellationToken)
    {
        foreach (var service in (await assets.ListAsync(admin, plant.Id, cancellationToken)).SelectMany(a => a.Services).Where(s => s.LacksPin))
        {
            Outcome<HostKeyScanResult> scan;
            while ((scan = await assets.ScanHostKeyAsync(admin, service.Id, cancellationToken)).Value is null)
            {
                Log.Waiting(log, scan.Error!);
                await Task.Delay(Retry, time, cancellationToken);
            }

            await assets.PinHostKeyAsync(admin, service.Id, scan.Value, service.Version, cancellationToken);
        }
    }

    private string At(string file) => Path.Combine(_folder, file);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The demo plant could not be made: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "The demo plant is not ready: {Reason}")]
        public static partial void Waiting(ILogger logger, string reason);
    }
}
