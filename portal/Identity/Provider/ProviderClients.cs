using Microsoft.Extensions.Options;
using Npgsql;
using OpenIddict.Abstractions;
using Sallyport.Portal.Identity.SignIn;
using Sallyport.Portal.Keys;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>Who may ask the provider: the portal, with a secret that only the key folder holds, and what the configuration names. Written to the database at each start.</summary>
internal sealed class ProviderClients(IOptions<ProviderOptions> options, IOptions<PortalOptions> portal, KeyFolder keys, IServiceScopeFactory scopes, NpgsqlDataSource database) : IHostedService
{
    public const string PortalId = "sallyport-portal";

    private const long SeedLock = 0x6f70656e69640001;

    public static string PortalSecret(KeyFolder keys) => Convert.ToHexStringLower(keys.Symmetric("openid-client"));

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var clients = options.Value.Clients
            .Append(new ProviderClient { Id = PortalId, Secret = PortalSecret(keys), RedirectUris = [portal.Value.PublicUrl + SignInRoutes.Callback], PostLogoutRedirectUris = [portal.Value.PublicUrl + "/"] })
            .ToDictionary(client => client.Id, Describe, StringComparer.Ordinal);

        // Held until the connection is closed: portals that start at once write one after the other.
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using (var command = new NpgsqlCommand("select pg_advisory_lock($1)", connection) { Parameters = { new() { Value = SeedLock } } })
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var scope = scopes.CreateAsyncScope();
        var applications = scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>();
        foreach (var application in await applications.ListAsync(cancellationToken: cancellationToken).ToListAsync(cancellationToken))
        {
            if (clients.Remove((await applications.GetClientIdAsync(application, cancellationToken))!, out var known))
            {
                await applications.UpdateAsync(application, known, cancellationToken);
            }
            else
            {
                await applications.DeleteAsync(application, cancellationToken);
            }
        }

        foreach (var descriptor in clients.Values)
        {
            await applications.CreateAsync(descriptor, cancellationToken);
        }

        await using var unlock = new NpgsqlCommand("select pg_advisory_unlock($1)", connection) { Parameters = { new() { Value = SeedLock } } };
        await unlock.ExecuteNonQueryAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static OpenIddictApplicationDescriptor Describe(ProviderClient client)
    {
        var descriptor = new OpenIddictApplicationDescriptor
        {
            ApplicationType = ApplicationTypes.Web,
            ClientId = client.Id,
            ClientSecret = client.Secret,
            ClientType = client.Secret is null ? ClientTypes.Public : ClientTypes.Confidential,
            ConsentType = ConsentTypes.Implicit,
            Permissions =
            {
                Permissions.Endpoints.Authorization,
                Permissions.Endpoints.Token,
                Permissions.Endpoints.EndSession,
                Permissions.GrantTypes.AuthorizationCode,
                Permissions.ResponseTypes.Code,
                Permissions.Scopes.Profile,
            },
        };
        if (client.Secret is not null)
        {
            // Each pushed request is a row: not for everybody.
            descriptor.Permissions.Add(Permissions.Endpoints.PushedAuthorization);
        }

        if (client.Id == PortalId)
        {
            // A link that somebody else made begins no sign-in.
            descriptor.Requirements.Add(Requirements.Features.PushedAuthorizationRequests);
        }

        descriptor.RedirectUris.UnionWith(client.RedirectUris.Select(uri => new Uri(uri)));
        descriptor.PostLogoutRedirectUris.UnionWith(client.PostLogoutRedirectUris.Select(uri => new Uri(uri)));
        return descriptor;
    }
}
