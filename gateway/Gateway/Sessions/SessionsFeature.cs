using Sallyport.Gateway.Link;

namespace Sallyport.Gateway.Sessions;

internal static class SessionsFeature
{
    public static IServiceCollection AddSessions(this IServiceCollection services)
    {
        services.AddOptions<PendingOptions>().BindConfiguration(PendingOptions.Section).ValidateDataAnnotations()
            .Validate(options => options.FirstMessage > TimeSpan.Zero && options.FirstMessage <= TimeSpan.FromMinutes(1), "Gateway:Pending:FirstMessage is a time of at most a minute, such as 00:00:05.").ValidateOnStart();
        return services
            .AddSingleton<PendingSockets>()
            .AddSingleton<SessionRegistry>()
            .AddSingleton<IPortalCommands, PortalCommands>()
            .AddSingleton<PathGuard>()
            .AddSingleton<SessionOpener>()
            .AddHostedService<OrderlyStop>()
            .AddHealthChecks().AddCheck<RecordingStoreHealth>("recordings' folder").Services;
    }

    /// <summary>Lets browsers in to every protocol that was added.</summary>
    public static void MapSessions(this IEndpointRouteBuilder endpoints)
    {
        foreach (var protocol in endpoints.ServiceProvider.GetServices<ISessionProtocol>())
        {
            protocol.Map(endpoints);
        }
    }

    /// <summary>Before anything else stops: sessions are sealed and reported while the portal can still be told, and what browsers hold open for them is closed, which the web server would wait for.</summary>
    private sealed class OrderlyStop(SessionRegistry sessions) : IHostedLifecycleService
    {
        private static readonly TimeSpan ReportTime = TimeSpan.FromSeconds(1);

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StoppingAsync(CancellationToken cancellationToken)
        {
            if (sessions.Count > 0)
            {
                await sessions.EndAllAsync("The gateway is being restarted. Connect again in a minute.");
                await Task.Delay(ReportTime, cancellationToken);
            }
        }
    }
}
