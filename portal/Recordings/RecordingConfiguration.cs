using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sallyport.Portal.Sessions;

namespace Sallyport.Portal.Recordings;

/// <summary>Keys, uniqueness and references that the conventions do not find.</summary>
internal sealed class RecordingConfiguration : IEntityTypeConfiguration<SessionRecording>
{
    public void Configure(EntityTypeBuilder<SessionRecording> builder)
    {
        builder.ToTable("recordings");
        builder.HasKey(r => r.SessionId);
        builder.HasOne<Session>().WithOne().HasForeignKey<SessionRecording>(r => r.SessionId).OnDelete(DeleteBehavior.Restrict);
    }
}
