using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sallyport.Portal.Access;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Plants;

namespace Sallyport.Portal.Sessions;

/// <summary>Keys, uniqueness and references that the conventions do not find.</summary>
internal sealed class SessionConfigurations :
    IEntityTypeConfiguration<Session>,
    IEntityTypeConfiguration<Watch>,
    IEntityTypeConfiguration<Release>
{
    public void Configure(EntityTypeBuilder<Session> builder)
    {
        builder.HasIndex(s => new { s.TenantId, s.CreatedAt });
        builder.HasIndex(s => s.State).HasFilter("state <> 'Ended'");
        builder.HasIndex(s => new { s.UserId, s.ServiceId }).IsUnique().HasFilter("state <> 'Ended'");
        builder.HasOne<Grant>().WithMany().HasForeignKey(s => s.GrantId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<User>().WithMany().HasForeignKey(s => s.UserId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne<Service>().WithMany().HasForeignKey(s => s.ServiceId).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<Watch> builder)
    {
        builder.HasIndex(w => w.TicketId).IsUnique();
        builder.HasOne<Session>().WithMany().HasForeignKey(w => w.SessionId).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<Release> builder)
    {
        builder.HasKey(r => r.SessionId);
        builder.HasOne<Session>().WithOne().HasForeignKey<Release>(r => r.SessionId);
    }
}
