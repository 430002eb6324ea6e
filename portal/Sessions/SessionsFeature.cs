using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Mvc;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Identity.SignIn;

namespace Sallyport.Portal.Sessions;

public static class SessionsFeature
{
    public static IServiceCollection AddSessions(this IServiceCollection services) => services
        .AddSingleton<SessionTerminator>()
        .AddSingleton<SessionConnector>()
        .AddSingleton<GatewaySessions>()
        .AddSingleton<Releases>()
        .AddSingleton<TakeOvers>()
        .AddSingleton<Watching>()
        .AddSingleton<ScreenControls>()
        .AddSingleton<SessionQueries>()
        .AddSingleton<IEndsWithSignIn, SignedInSessions>()
        .AddSingleton<IEndsWithSignIn, SignedInWatches>()
        .AddHostedService<SessionExpirySweeper>();

    public static IEndpointRouteBuilder MapSessions(this IEndpointRouteBuilder endpoints)
    {
        MapGatewayLink(endpoints.MapGroup("").RequireAuthorization(Policies.GatewayLink));
        MapSessionPage(endpoints.MapGroup("/sessions/{id:guid}").RequireAuthorization(Policies.Technician));
        MapWatchPage(endpoints.MapGroup("/sessions/{id:guid}").RequireAuthorization(Policies.Oversight));
        return endpoints;
    }

    private static void MapGatewayLink(RouteGroupBuilder link)
    {
        link.MapPost(GatewayRoutes.Redeem, async (HttpContext http, TicketRedemption redemption, GatewaySessions sessions) =>
        {
            var (order, fault) = await sessions.RedeemAsync(http.User.ComponentId(), redemption, http.RequestAborted);
            return order is not null
                ? Results.Json(order, LinkJson.Options)
                : Results.Json(new LinkError(fault!.Value.ToString(), "The ticket was refused."), LinkJson.Options, statusCode: StatusCodes.Status409Conflict);
        });
        link.MapPost(GatewayRoutes.RedeemWatch, async (HttpContext http, TicketRedemption redemption, Watching watching) =>
            await watching.RedeemAsync(http.User.ComponentId(), redemption, http.RequestAborted) is { } order
                ? Results.Json(order, LinkJson.Options)
                : Results.Json(new LinkError("ticket_refused", "The ticket was used before, or the session is over."), LinkJson.Options, statusCode: StatusCodes.Status409Conflict));
        link.MapPost(GatewayRoutes.RedeemTakeOver, async (HttpContext http, TicketRedemption redemption, TakeOvers takeOvers) =>
            await takeOvers.RedeemAsync(http.User.ComponentId(), redemption, http.RequestAborted) is { } order
                ? Results.Json(order, LinkJson.Options)
                : Results.Json(new LinkError("ticket_refused", "The ticket was used before, or the session is over."), LinkJson.Options, statusCode: StatusCodes.Status409Conflict));
        link.MapPost(GatewayRoutes.Control, (HttpContext http, Guid id, ControlAsked report, ScreenControls controls) => controls.AskedAsync(http.User.ComponentId(), id, report, http.RequestAborted));
        link.MapPost(GatewayRoutes.Refusals, (HttpContext http, TicketRefusal refusal, GatewaySessions sessions) => sessions.RefusedAsync(http.User.ComponentId(), refusal, http.RequestAborted));
        link.MapPost(GatewayRoutes.Sync, async (HttpContext http, RunningSessions running, GatewayLink gateways, GatewaySessions sessions) =>
        {
            if (running.Facts is { } facts)
            {
                await gateways.UpdateInfoAsync(http.User.ComponentId(), facts, http.RequestAborted);
            }

            return Results.Json(await sessions.SyncAsync(http.User.ComponentId(), running, http.RequestAborted), LinkJson.Options);
        });
        link.MapPost(GatewayRoutes.Started, (HttpContext http, Guid id, SessionStarted report, GatewaySessions sessions) => sessions.StartedAsync(http.User.ComponentId(), id, report, http.RequestAborted));
        link.MapPost(GatewayRoutes.Connected, (HttpContext http, Guid id, SessionConnected report, GatewaySessions sessions) => sessions.ConnectedAsync(http.User.ComponentId(), id, report, http.RequestAborted));
        link.MapPost(GatewayRoutes.Ended, (HttpContext http, Guid id, SessionEnded report, GatewaySessions sessions) => sessions.EndedAsync(http.User.ComponentId(), id, report, http.RequestAborted));
    }

    private static void MapWatchPage(RouteGroupBuilder session)
    {
        var page = session.MapGroup("").RequirePageToken();
        page.MapPost("/watch-ticket", async (HttpContext http, Guid id, Watching watching) =>
        {
            var outcome = await watching.IssueTicketAsync(http.ToActor(), id, http.RequestAborted);
            return outcome.Value is { } handout ? Results.Json(handout, LinkJson.Options) : PageProblems.Problem("no_ticket", outcome.Error!);
        });
        page.MapPost("/stop", async (HttpContext http, Guid id, [FromForm] string? reason, SessionQueries sessions) =>
        {
            if (string.IsNullOrWhiteSpace(reason))
            {
                return PageProblems.Problem("no_reason", "Say why the session is ended.", StatusCodes.Status400BadRequest);
            }

            return await sessions.EndAsync(http.ToActor(), id, reason, http.RequestAborted) is { } error
                ? PageProblems.Problem("not_ended", error)
                : Results.NoContent();
        }).DisableAntiforgery();
    }

    // What the session's page asks; the page itself needs no circuit, so that a portal's restart does not disturb it.
    private static void MapSessionPage(RouteGroupBuilder session)
    {
        session.MapGet("/state", async (HttpContext http, Guid id, SessionQueries sessions) =>
            await sessions.FindOwnAsync(http.User.ToActor(null), id, http.RequestAborted) is { Session: var found } listing
                ? Results.Json(new { state = found.State, message = found.EndMessage, reason = found.EndReason, endsAt = found.EndsAt, webUrl = await sessions.WebAddressAsync(listing, http.RequestAborted) }, LinkJson.Options)
                : Results.NotFound());
        var page = session.MapGroup("").RequirePageToken();
        page.MapPost("/ticket", async (HttpContext http, Guid id, SessionConnector broker) =>
        {
            var outcome = await broker.IssueTicketAsync(http.ToActor(), id, http.RequestAborted);
            return outcome.Value is { } handout ? Results.Json(handout, LinkJson.Options) : PageProblems.Problem("no_ticket", outcome.Error!);
        });
        page.MapPost("/take-over", async (HttpContext http, Guid id, TakeOvers takeOvers) =>
        {
            var outcome = await takeOvers.IssueTicketAsync(http.ToActor(), id, http.RequestAborted);
            return outcome.Value is { } handout ? Results.Json(handout, LinkJson.Options) : PageProblems.Problem("no_ticket", outcome.Error!);
        });
        page.MapPost("/end", async (HttpContext http, Guid id, SessionQueries sessions) =>
        {
            await sessions.EndOwnAsync(http.ToActor(), id, http.RequestAborted);
            return Results.NoContent();
        });
    }
}
