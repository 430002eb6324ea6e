using System.CommandLine;
using System.Globalization;
using Sallyport.Contracts.Links;

namespace Sallyport.Portal.Overlay;

/// <summary><c>portal component</c>: one-time codes with which gateways and hubs enroll, and the end of those that are not trusted any more.</summary>
internal static class ComponentCommands
{
    public static Command Create(PortalServices portal) => new("component", "Adds, lists and removes gateways and hubs, and gives them new keys.") { Add(portal), List(portal), Remove(portal), Rekey(portal) };

    private static Command Add(PortalServices portal)
    {
        var kind = new Option<EnrollmentKind>("--kind") { Description = "gateway or hub", Required = true };
        var name = new Option<string>("--name") { Description = "What people will see it as.", Required = true };
        var add = new Command("add", "Prints a one-time code for a new gateway or hub.") { kind, name };
        add.SetAction(async (result, cancellationToken) =>
        {
            if (result.GetValue(kind) is not (EnrollmentKind.Gateway or EnrollmentKind.Hub) and var wrong)
            {
                return await FailAsync($"A {wrong} is added on the portal's pages.");
            }

            using var host = portal();
            Console.WriteLine(await host.Services.GetRequiredService<Enrollment>().NewCodeAsync(result.GetValue(kind), Guid.CreateVersion7(), result.GetValue(name), cancellationToken));
            return 0;
        });
        return add;
    }

    private static Command List(PortalServices portal)
    {
        var list = new Command("list", "Prints kind, name, id, address, and when it was last connected.");
        list.SetAction(async (_, cancellationToken) =>
        {
            using var host = portal();
            foreach (var c in await host.Services.GetRequiredService<Components>().ListAsync(cancellationToken))
            {
                var seen = c.LastSeenAt is { } at ? string.Create(CultureInfo.InvariantCulture, $"last connected {at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC") : "never connected";
                Console.WriteLine($"{Kind(c),-8}{c.Name,-20} {c.Id}  {c.Where}  {(c.HasKey ? seen : "awaits a new key")}");
            }

            return 0;
        });
        return list;
    }

    private static Command Remove(PortalServices portal)
    {
        var which = Which();
        var remove = new Command("remove", "Takes a gateway or hub out for good: its key is refused at once, its sessions end, its paths close.") { which };
        remove.SetAction((result, cancellationToken) => WithAsync(portal, result.GetRequiredValue(which), async (components, found) =>
        {
            if (await components.RemoveAsync(null, found.Id, cancellationToken) is { } error)
            {
                return await FailAsync(error);
            }

            Console.WriteLine($"The {Kind(found)} {found.Name} is removed.{(found.Sessions > 0 ? $" Sessions that end: {found.Sessions}." : "")}{(found.Plants > 0 ? $" Plants that cannot be reached any more: {found.Plants}." : "")}");
            return 0;
        }, cancellationToken));
        return remove;
    }

    private static Command Rekey(PortalServices portal)
    {
        var which = Which();
        var rekey = new Command("rekey", "Refuses the key of a gateway or hub from now on, and prints a one-time code with which it enrolls a new one.") { which };
        rekey.SetAction((result, cancellationToken) => WithAsync(portal, result.GetRequiredValue(which), async (components, found) =>
        {
            var outcome = await components.RekeyAsync(null, found.Id, cancellationToken);
            if (outcome.Value is not { } code)
            {
                return await FailAsync(outcome.Error!);
            }

            await Console.Error.WriteLineAsync($"The {Kind(found)} {found.Name} is refused until it has a new key. Write this code into the file enrollment-code in its data folder, readable for its user; it is taken within seconds.");
            Console.WriteLine(code);
            return 0;
        }, cancellationToken));
        return rekey;
    }

    private static Argument<string> Which() => new("component") { Description = "Its name or id, as `portal component list` prints them." };

    private static async Task<int> WithAsync(PortalServices portal, string which, Func<Components, ComponentSummary, Task<int>> act, CancellationToken cancellationToken)
    {
        using var host = portal();
        var components = host.Services.GetRequiredService<Components>();
        var found = (await components.ListAsync(cancellationToken)).Where(c => c.Name == which || c.Id.ToString() == which).ToList();
        return found switch
        {
            [var one] => await act(components, one),
            [] => await FailAsync($"There is no gateway or hub “{which}”."),
            _ => await FailAsync($"Several are called “{which}”. Give the id of one."),
        };
    }

    private static string Kind(ComponentSummary component) => component.Kind == ComponentKind.Gateway ? "gateway" : "hub";

    private static async Task<int> FailAsync(string message)
    {
        await Console.Error.WriteLineAsync(message);
        return 2;
    }
}
