using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Mvc;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Overlay;

public static class OverlayFeature
{
    public static IServiceCollection AddOverlay(this IServiceCollection services) =>
        services.AddSingleton<HubLink>().AddSingleton<Paths>().AddSingleton<Enrollment>().AddSingleton<HubHealthReports>().AddSingleton<OverlayView>().AddSingleton<Components>()
            .AddSingleton<ComponentSweep>().AddHostedService(provider => provider.GetRequiredService<ComponentSweep>());

    public static IEndpointRouteBuilder MapOverlay(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(HubRoutes.Events, (HttpContext http, HubLink link) =>
        {
            var (id, key) = (http.User.ComponentId(), http.User.ComponentKey());
            return TypedResults.ServerSentEvents(ReadAsync(http.RequestAborted));

            async IAsyncEnumerable<SseItem<string>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
            {
                var stream = await link.ConnectAsync(id, key, http.Connection.RemoteIpAddress?.ToString(), cancellationToken);
                try
                {
                    await foreach (var item in stream.ReadAsync(cancellationToken))
                    {
                        yield return item;
                    }
                }
                finally
                {
                    await link.DisconnectAsync(id, stream);
                }
            }
        }).RequireAuthorization(Policies.HubLink);

        endpoints.MapPost(HubRoutes.Acks, (HttpContext http, HubAck ack, HubLink link) => link.Acknowledge(http.User.ComponentId(), ack)).RequireAuthorization(Policies.HubLink);
        endpoints.MapPost(HubRoutes.Health, (HttpContext http, HubHealth health, HubHealthReports reports) => reports.TakeAsync(http.User.ComponentId(), health, http.RequestAborted))
            .RequireAuthorization(Policies.HubLink);

        endpoints.MapPost("/link/enroll", async (HttpContext http, ComponentEnrollment request, Enrollment enrollment) =>
        {
            var (enrolled, error) = await enrollment.EnrollComponentAsync(request, http.Connection.RemoteIpAddress?.ToString(), http.RequestAborted);
            return enrolled is not null ? Results.Json(enrolled) : Results.Json(new LinkError("enrollment_refused", error!), statusCode: StatusCodes.Status403Forbidden);
        }).AllowAnonymous().RequireRateLimiting(IdentityFeature.SignInLimit);

        endpoints.MapPost("/enroll/plant", async (HttpContext http, [FromForm] string? code, [FromForm(Name = "public_key")] string? publicKey, Enrollment enrollment) =>
        {
            var (configuration, error) = await enrollment.EnrollPlantAsync(code ?? "", publicKey ?? "", http.Connection.RemoteIpAddress?.ToString(), http.RequestAborted);
            return configuration is not null ? Results.Text(configuration.ToString()) : Results.Text(error, statusCode: StatusCodes.Status403Forbidden);
        }).AllowAnonymous().DisableAntiforgery().RequireRateLimiting(IdentityFeature.SignInLimit);

        endpoints.MapGet("/enroll/script", (IWebHostEnvironment environment) =>
            Results.File(Path.Combine(AppContext.BaseDirectory, "enroll"), "text/x-shellscript", "enroll")).AllowAnonymous();
        return endpoints;
    }
}
