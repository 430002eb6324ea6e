using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Playwright;
using Sallyport.Contracts;
using Sallyport.Contracts.Tickets;
using Sallyport.Gateway.Tests.Screen.Sessions;
using Sallyport.Portal.Access;
using Sallyport.Portal.Sessions;

namespace Sallyport.Gateway.Tests.Screen.Page;

/// <summary>The portal's own session page, with its scripts and styles, in front of a gateway: what a browser has of the portal while a session runs.</summary>
internal static class SessionPages
{
    private static readonly string WebRoot = RepositoryRoot.Combine("portal/wwwroot");

    public static void Map(WebApplication app, ScreenGateway gateway)
    {
        app.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(WebRoot) });
        app.MapGet("/sessions/{id:guid}", async (Guid id) => Results.Content(await PageAsync(id, gateway.Settings, watching: false), "text/html"));
        app.MapGet("/sessions/{id:guid}/watch", async (Guid id) => Results.Content(await PageAsync(id, gateway.Settings, watching: true), "text/html"));
        app.MapPost("/sessions/{id:guid}/ticket", (Guid id) => Results.Json(new { ticket = gateway.NewTicket(id), gatewayUrl = gateway.Origin }));
        app.MapPost("/sessions/{id:guid}/watch-ticket", (Guid id) => Results.Json(new { ticket = gateway.NewTicket(id, TicketUse.Watch), gatewayUrl = gateway.Origin }));
        app.MapPost("/sessions/{id:guid}/take-over", (Guid id) => Results.Json(new { ticket = gateway.NewTicket(id, TicketUse.TakeOver), gatewayUrl = gateway.Origin }));
    }

    /// <summary>Opens a session in a browser and waits for its picture.</summary>
    public static async Task<Guid> OpenAsync(IPage page, ScreenGateway gateway)
    {
        var id = Guid.NewGuid();
        await page.GotoAsync($"{gateway.Origin}/sessions/{id}");
        await page.WaitForSelectorAsync("#session[data-link=open][data-picture=shown]");
        return id;
    }

    private static async Task<string> PageAsync(Guid id, ScreenSettings settings, bool watching)
    {
        await using var services = new ServiceCollection().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        var now = DateTimeOffset.UtcNow;
        var listing = new SessionSummary
        {
            Session = new Session { Id = id, TenantId = Guid.Empty, GrantId = Guid.Empty, UserId = Guid.Empty, PlantId = Guid.Empty, AssetId = Guid.Empty, ServiceId = Guid.Empty, State = SessionState.Ready, EndsAt = now.AddHours(1), CreatedAt = now },
            Grant = new Grant { TenantId = Guid.Empty, RequestId = Guid.Empty, UserId = Guid.Empty, ServiceId = Guid.Empty, Purpose = "Level too low", ApprovedById = Guid.Empty, StartsAt = now, EndsAt = now.AddHours(1), CreatedAt = now },
            User = "Technician",
            Service = "Screen",
            Kind = ServiceKind.Vnc,
            Asset = "Mixer panel",
            Plant = "Waterworks",
            Screen = settings,
        };
        var body = await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<SessionFrame>(ParameterView.FromDictionary(new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            [nameof(SessionFrame.Listing)] = listing,
            [nameof(SessionFrame.Token)] = "token",
            [nameof(SessionFrame.Watching)] = watching,
        }))).ToHtmlString());
        return $"""
            <!DOCTYPE html><html lang="en"><head><meta charset="utf-8" /><meta name="viewport" content="width=device-width, initial-scale=1" />
            <meta name="color-scheme" content="light dark" /><base href="/" /><title>Mixer panel</title><link rel="icon" href="favicon.svg" type="image/svg+xml" />
            <link rel="stylesheet" href="client/fonts.css" /><link rel="stylesheet" href="css/theme.css" /><link rel="stylesheet" href="css/session.css" /></head><body>{body}</body></html>
            """;
    }
}
