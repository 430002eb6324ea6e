using Sallyport.Contracts.Links;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Recordings.Overview;
using Sallyport.Portal.Recordings.Video;

namespace Sallyport.Portal.Recordings;

public static class RecordingsFeature
{
    public static IServiceCollection AddRecordings(this IServiceCollection services)
    {
        services.AddOptions<VideoOptions>().BindConfiguration(VideoOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<RecordingHeadReceiver>().AddSingleton<AuditedRecordingHeads>();
        services.AddSingleton<RecordingStore>().AddSingleton<RecordingFiles>().AddSingleton<RecordingVerification>().AddSingleton<RecordingInventory>().AddSingleton<RecordingLibrary>().AddSingleton<Replays>().AddSingleton<ScreenOverviews>();
        return services.AddSingleton<VideoFolder>().AddSingleton<VideoExports>().AddHostedService(provider => provider.GetRequiredService<VideoExports>());
    }

    public static IEndpointRouteBuilder MapRecordings(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost(GatewayRoutes.Head, (HttpContext http, Guid id, RecordingHeadReport head, RecordingHeadReceiver reports) => reports.TakeAsync(http.User.ComponentId(), id, head, http.RequestAborted))
            .RequireAuthorization(Policies.GatewayLink);
        var recording = endpoints.MapGroup("/recordings/{id:guid}").RequireAuthorization(Policies.Compliance);
        RecordingEndpoints.Map(recording);
        VideoEndpoints.Map(recording);
        return endpoints;
    }
}
