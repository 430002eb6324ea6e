using System.CommandLine;

namespace Sallyport.Portal.Overlay;

/// <summary><c>portal component add</c>: prints a one-time code with which a gateway or hub enrolls itself.</summary>
internal static class ComponentCommands
{
    public static Command Create()
    {
        var kind = new Option<EnrollmentKind>("--kind") { Description = "gateway or hub", Required = true };
        var name = new Option<string>("--name") { Description = "What people will see it as.", Required = true };
        var add = new Command("add", "Prints a one-time code for a new gateway or hub.") { kind, name };
        add.SetAction(async (result, cancellationToken) =>
        {
            if (result.GetValue(kind) is not (EnrollmentKind.Gateway or EnrollmentKind.Hub) and var wrong)
            {
                await Console.Error.WriteLineAsync($"A {wrong} is added on the portal's pages.");
                return 2;
            }

            var builder = Host.CreateApplicationBuilder();
            builder.AddPortalServices();
            using var host = builder.Build();
            Console.WriteLine(await host.Services.GetRequiredService<Enrollment>().NewCodeAsync(result.GetValue(kind), Guid.CreateVersion7(), result.GetValue(name), cancellationToken));
            return 0;
        });
        return new Command("component", "Adds gateways and hubs.") { add };
    }
}
