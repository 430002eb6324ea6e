namespace Sallyport.Gateway.Sessions;

internal static class SessionsFeature
{
    public static IServiceCollection AddSessions(this IServiceCollection services) => services
        .AddSingleton<SessionRegistry>()
        .AddSingleton<SessionOpener>()
        .AddHostedService<OrderlyStop>();

    /// <summary>Started after the link, so stopped before it: sessions are sealed and reported while the portal can still be told.</summary>
    private sealed class OrderlyStop(SessionRegistry sessions) : IHostedService
    {
        private static readonly TimeSpan ReportTime = TimeSpan.FromSeconds(1);

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            if (sessions.Count > 0)
            {
                await sessions.EndAllAsync("The gateway is being restarted. Connect again in a minute.");
                await Task.Delay(ReportTime, cancellationToken);
            }
        }
    }
}
