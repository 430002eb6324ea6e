using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Plants;

namespace Sallyport.Portal.Access;

/// <summary>Keys, uniqueness and references that the conventions do not find.</summary>
internal sealed class AccessConfigurations :
    IEntityTypeConfiguration<AccessPolicy>,
    IEntityTypeConfiguration<AccessRequest>,
    IEntityTypeConfiguration<Grant>,
    IEntityTypeConfiguration<Lockout>
{
    public void Configure(EntityTypeBuilder<AccessPolicy> builder)
    {
        builder.HasIndex(p => p.PlantId).IsUnique();
        builder.HasOne<Plant>().WithMany().HasForeignKey(p => p.PlantId);
    }

    public void Configure(EntityTypeBuilder<AccessRequest> builder)
    {
        builder.Property(r => r.Version).IsRowVersion();
        builder.HasIndex(r => new { r.TenantId, r.State });
        builder.HasOne<User>().WithMany().HasForeignKey(r => r.UserId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<Service>().WithMany().HasForeignKey(r => r.ServiceId).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<Grant> builder)
    {
        builder.HasIndex(g => g.RequestId).IsUnique();
        builder.HasIndex(g => new { g.UserId, g.EndsAt });
        builder.HasOne<AccessRequest>().WithMany().HasForeignKey(g => g.RequestId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<User>().WithMany().HasForeignKey(g => g.UserId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<Service>().WithMany().HasForeignKey(g => g.ServiceId).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<Lockout> builder)
    {
        builder.HasIndex(l => new { l.UserId, l.AssetId }).IsUnique().HasFilter("lifted_at is null");
        builder.HasOne<User>().WithMany().HasForeignKey(l => l.UserId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<Asset>().WithMany().HasForeignKey(l => l.AssetId).OnDelete(DeleteBehavior.Restrict);
    }
}
