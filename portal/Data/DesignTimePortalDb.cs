using Microsoft.EntityFrameworkCore.Design;
using Npgsql;

namespace Sallyport.Portal.Data;

/// <summary>For <c>dotnet ef migrations add</c> only; never connects.</summary>
internal sealed class DesignTimePortalDb : IDesignTimeDbContextFactory<PortalDb>
{
    public PortalDb CreateDbContext(string[] args) => new PortalDbFactory(NpgsqlDataSource.Create("Host=localhost")).ForSystem();
}
