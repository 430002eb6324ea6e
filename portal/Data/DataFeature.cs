using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Sallyport.Portal.Data;

public static class DataFeature
{
    public static IServiceCollection AddPortalData(this IServiceCollection services)
    {
        services.AddSingleton(provider =>
        {
            // The name is a label of its metrics, which would else be the connection string.
            var database = new NpgsqlDataSourceBuilder(provider.GetRequiredService<IOptions<PortalOptions>>().Value.Database) { Name = "portal" };
            return database.Build();
        });
        services.AddSingleton<PortalDbFactory>();
        services.AddSingleton<DatabaseHealth>().AddHealthChecks().AddCheck<DatabaseHealth>("database");
        services.AddSingleton<ChangeFeed>().AddHostedService(provider => provider.GetRequiredService<ChangeFeed>());

        // ASP.NET Core Identity's store asks for a context of its own; it serves sign-in, which comes before any tenant.
        services.AddScoped(provider => provider.GetRequiredService<PortalDbFactory>().ForSystem());
        return services;
    }
}
