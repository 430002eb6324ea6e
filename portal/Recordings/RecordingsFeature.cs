namespace Sallyport.Portal.Recordings;

public static class RecordingsFeature
{
    public static IServiceCollection AddRecordings(this IServiceCollection services) => services;

    public static IEndpointRouteBuilder MapRecordings(this IEndpointRouteBuilder endpoints) => endpoints;
}
