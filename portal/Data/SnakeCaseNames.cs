using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Metadata.Conventions;
using Microsoft.EntityFrameworkCore.Metadata.Conventions.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Sallyport.Portal.Data;

/// <summary>Tables and columns as PostgreSQL writes them, so that SQL by hand needs no quotes.</summary>
internal static class SnakeCaseNames
{
    public static DbContextOptionsBuilder<T> UseSnakeCaseNames<T>(this DbContextOptionsBuilder<T> builder)
        where T : DbContext
    {
        ((IDbContextOptionsBuilderInfrastructure)builder).AddOrUpdateExtension(new Extension());
        return builder;
    }

    private static string Snake(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    private sealed class Convention : IModelFinalizingConvention
    {
        public void ProcessModelFinalizing(IConventionModelBuilder modelBuilder, IConventionContext<IConventionModelBuilder> context)
        {
            // The migrations' own table keeps the name that EF Core asks for it by.
            foreach (var entity in modelBuilder.Metadata.GetEntityTypes().Where(entity => entity.ClrType != typeof(HistoryRow)))
            {
                if (entity.GetTableName() is { } table)
                {
                    entity.SetTableName(Snake(table));
                }

                // A row version is PostgreSQL's own column xmin.
                foreach (var property in entity.GetProperties().Where(property => !(property.IsConcurrencyToken && property.ClrType == typeof(uint))))
                {
                    property.SetColumnName(Snake(property.Name));
                }
            }
        }
    }

    private sealed class ConventionPlugin : IConventionSetPlugin
    {
        public ConventionSet ModifyConventions(ConventionSet conventionSet)
        {
            conventionSet.ModelFinalizingConventions.Add(new Convention());
            return conventionSet;
        }
    }

    private sealed class Extension : IDbContextOptionsExtension
    {
        public DbContextOptionsExtensionInfo Info => new ExtensionInfo(this);

        public void ApplyServices(IServiceCollection services) =>
            new EntityFrameworkServicesBuilder(services).TryAdd<IConventionSetPlugin, ConventionPlugin>();

        public void Validate(IDbContextOptions options)
        {
        }

        private sealed class ExtensionInfo(IDbContextOptionsExtension extension) : DbContextOptionsExtensionInfo(extension)
        {
            public override bool IsDatabaseProvider => false;

            public override string LogFragment => "snake_case ";

            public override int GetServiceProviderHashCode() => 0;

            public override bool ShouldUseSameServiceProvider(DbContextOptionsExtensionInfo other) => other is ExtensionInfo;

            public override void PopulateDebugInfo(IDictionary<string, string> debugInfo) => debugInfo["SnakeCaseNames"] = "1";
        }
    }
}
