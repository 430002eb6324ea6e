using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Authentication;
using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Gateways;

public static class GatewaysFeature
{
    public static IServiceCollection AddGateways(this IServiceCollection services)
    {
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, LinkAuthentication>(LinkAuthentication.SchemeName, null);
        return services.AddSingleton<SpentTokens>().AddSingleton<ComponentTrail>().AddSingleton<GatewayLink>().AddSingleton<GatewayOrigins>();
    }

    public static IEndpointRouteBuilder MapGateways(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(GatewayRoutes.Events, async (HttpContext http, GatewayLink link, PortalDbFactory factory, TimeProvider time) =>
        {
            var (id, key) = (http.User.ComponentId(), http.User.ComponentKey());
            await using (var db = factory.ForSystem())
            {
                await db.Gateways.Where(g => g.Id == id).ExecuteUpdateAsync(g => g.SetProperty(x => x.LastSeenAt, time.GetUtcNow()), http.RequestAborted);
            }

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
        }).RequireAuthorization(Policies.GatewayLink);

        endpoints.MapPost(GatewayRoutes.Scans, (Guid id, HostKeyScanResult result, GatewayLink link) => link.ScanAnswered(id, result)).RequireAuthorization(Policies.GatewayLink);
        return endpoints;
    }
}
