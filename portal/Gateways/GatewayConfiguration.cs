using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Sallyport.Portal.Gateways;

/// <summary>One that was removed is not seen, unless it is asked for.</summary>
internal sealed class GatewayConfiguration : IEntityTypeConfiguration<Gateway>
{
    public void Configure(EntityTypeBuilder<Gateway> builder) => builder.HasQueryFilter(g => g.RemovedAt == null);
}
