using Sallyport.Contracts.Links;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Recordings;

public static class RecordingsFeature
{
    public static IServiceCollection AddRecordings(this IServiceCollection services) => services
        .AddSingleton<HeadReports>().AddSingleton<ReportedHeads>()
        .AddSingleton<RecordingStore>().AddSingleton<RecordingVerification>().AddSingleton<RecordingInventory>().AddSingleton<RecordingLibrary>();

    public static IEndpointRouteBuilder MapRecordings(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost(GatewayRoutes.Head, (HttpContext http, Guid id, RecordingHeadReport head, HeadReports reports) => reports.TakeAsync(http.User.ComponentId(), id, head, http.RequestAborted))
            .RequireAuthorization(Policies.GatewayLink);
        RecordingEndpoints.Map(endpoints.MapGroup("/recordings/{id:guid}").RequireAuthorization(Policies.Compliance));
        return endpoints;
    }
}
