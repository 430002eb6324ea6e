using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Data;

/// <summary>Opens a <see cref="PortalDb"/> for one unit of work; the caller disposes it.</summary>
public sealed class PortalDbFactory(NpgsqlDataSource dataSource)
{
    private readonly DbContextOptions<PortalDb> _options = new DbContextOptionsBuilder<PortalDb>()
        .UseNpgsql(dataSource)
        .UseSnakeCaseNames()
        .Options;

    /// <summary>Sees and writes rows of the actor's tenant only.</summary>
    public PortalDb For(Actor actor) => new(_options, TenantScope.Of(actor.TenantId));

    /// <summary>Sees every tenant's rows: for the portal's own work only (control link, timers, sign-in).</summary>
    public PortalDb ForSystem() => new(_options, TenantScope.System);
}
