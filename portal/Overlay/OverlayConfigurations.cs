using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Sallyport.Portal.Overlay;

/// <summary>Keys, uniqueness and references that the conventions do not find.</summary>
internal sealed class OverlayConfigurations :
    IEntityTypeConfiguration<Hub>,
    IEntityTypeConfiguration<HubDrift>,
    IEntityTypeConfiguration<EnrollmentCode>
{
    public void Configure(EntityTypeBuilder<Hub> builder) => builder.HasQueryFilter(h => h.RemovedAt == null);

    public void Configure(EntityTypeBuilder<HubDrift> builder)
    {
        builder.HasIndex(d => new { d.HubId, d.Since });
        builder.HasOne<Hub>().WithMany().HasForeignKey(d => d.HubId).OnDelete(DeleteBehavior.Cascade);
    }

    public void Configure(EntityTypeBuilder<EnrollmentCode> builder)
    {
        builder.HasIndex(c => c.CodeHash).IsUnique();
        builder.HasIndex(c => c.SubjectId).IsUnique();
    }
}
