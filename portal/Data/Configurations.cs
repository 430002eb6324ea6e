using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Identity.Provider;
using Sallyport.Portal.Identity.SignIn;
using Sallyport.Portal.Overlay;
using Sallyport.Portal.Plants;

namespace Sallyport.Portal.Data;

/// <summary>Keys, uniqueness and references that the conventions do not find.</summary>
internal sealed class Configurations :
    IEntityTypeConfiguration<User>,
    IEntityTypeConfiguration<Plant>,
    IEntityTypeConfiguration<PlantOperator>,
    IEntityTypeConfiguration<Asset>,
    IEntityTypeConfiguration<Service>,
    IEntityTypeConfiguration<PasswordAttempts>,
    IEntityTypeConfiguration<PortalSignIn>,
    IEntityTypeConfiguration<ReceivedLogoutToken>,
    IEntityTypeConfiguration<IdentityProvider>,
    IEntityTypeConfiguration<ProviderSignIn>
{
    /// <summary>Names and addresses of what was removed can be given again.</summary>
    private const string InUse = "archived_at is null";

    // Their keys are a provider's words, and stay as they are.
    private static string Rules(Dictionary<string, string> rules) => JsonSerializer.Serialize(rules);

    private static Dictionary<string, string> Rules(string text) => JsonSerializer.Deserialize<Dictionary<string, string>>(text)!;

    private static string Json<T>(T settings) => JsonSerializer.Serialize(settings, LinkJson.Options);

    private static T? FromJson<T>(string text) => JsonSerializer.Deserialize<T>(text, LinkJson.Options);

    public void Configure(EntityTypeBuilder<PortalSignIn> builder)
    {
        builder.HasIndex(s => s.UserId);
        builder.HasIndex(s => s.ProviderSession).HasFilter("ended_at is null");
        builder.HasIndex(s => s.Since).HasFilter("ended_at is null");
        builder.HasIndex(s => s.EndedAt).HasFilter("ended_at is not null");
        builder.HasOne<User>().WithMany().HasForeignKey(s => s.UserId);
    }

    public void Configure(EntityTypeBuilder<IdentityProvider> builder)
    {
        builder.HasIndex(p => p.Key).IsUnique();
        builder.Property(p => p.Roles).HasColumnType("jsonb").HasConversion(rules => Rules(rules.ToDictionary(r => r.Key, r => r.Value.ToString())), text => Rules(text).ToDictionary(r => r.Key, r => Enum.Parse<Role>(r.Value)));
        builder.Property(p => p.Tenants).HasColumnType("jsonb").HasConversion(rules => Rules(rules.ToDictionary(r => r.Key, r => r.Value.ToString())), text => Rules(text).ToDictionary(r => r.Key, r => Guid.Parse(r.Value)));
        builder.Ignore(p => p.Destination);
    }

    public void Configure(EntityTypeBuilder<ReceivedLogoutToken> builder) => builder.HasIndex(t => t.ExpiresAt);

    public void Configure(EntityTypeBuilder<ProviderSignIn> builder)
    {
        builder.HasIndex(s => s.AccountId);
        builder.HasIndex(s => s.InformAt).HasFilter("inform_at is not null");
        builder.HasOne<Account>().WithMany().HasForeignKey(s => s.AccountId);
    }

    public void Configure(EntityTypeBuilder<PasswordAttempts> builder)
    {
        builder.HasKey(a => new { a.AccountId, a.Source });
        builder.HasIndex(a => a.LastAt);
    }

    public void Configure(EntityTypeBuilder<User> builder)
    {
        builder.HasIndex(u => new { u.Issuer, u.Subject }).IsUnique();
        builder.PrimitiveCollection(u => u.Roles).ElementType().HasConversion<string>();
    }

    public void Configure(EntityTypeBuilder<Plant> builder)
    {
        builder.Property(p => p.Version).IsConcurrencyToken();
        builder.HasIndex(p => new { p.TenantId, p.Name }).IsUnique().HasFilter(InUse);
        builder.HasIndex(p => p.PublicKey).IsUnique();
        builder.HasIndex(p => p.TunnelAddress).IsUnique().HasFilter(InUse);
        builder.HasIndex(p => p.VirtualPrefix).IsUnique().HasFilter(InUse);
        builder.HasOne<Hub>().WithMany().HasForeignKey(p => p.HubId).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<PlantOperator> builder)
    {
        builder.HasKey(o => new { o.PlantId, o.UserId });
        builder.HasOne<Plant>().WithMany().HasForeignKey(o => o.PlantId);
        builder.HasOne<User>().WithMany().HasForeignKey(o => o.UserId);
    }

    public void Configure(EntityTypeBuilder<Asset> builder)
    {
        builder.Property(a => a.Version).IsConcurrencyToken();
        builder.HasIndex(a => new { a.PlantId, a.Name }).IsUnique().HasFilter(InUse);
        builder.HasOne<Plant>().WithMany().HasForeignKey(a => a.PlantId).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<Service> builder)
    {
        builder.Property(s => s.Version).IsConcurrencyToken();
        builder.HasIndex(s => new { s.AssetId, s.Name }).IsUnique().HasFilter(InUse);
        builder.Ignore(s => s.LacksPin);
        builder.Ignore(s => s.LacksCredential);
        builder.Property(s => s.Screen).HasColumnType("jsonb").HasConversion(settings => Json(settings), text => FromJson<ScreenSettings>(text));
        builder.Property(s => s.Web).HasColumnType("jsonb").HasConversion(settings => Json(settings), text => FromJson<WebSettings>(text));
        builder.Property(s => s.LegacySsh).HasColumnType("jsonb").HasConversion(legacy => Json(legacy), text => FromJson<LegacySsh>(text));
        builder.HasOne<Asset>().WithMany().HasForeignKey(s => s.AssetId).OnDelete(DeleteBehavior.Restrict);
    }
}
