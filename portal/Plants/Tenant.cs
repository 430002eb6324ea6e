namespace Sallyport.Portal.Plants;

/// <summary>One customer: owns plants, users and policies, and sees nothing of another's.</summary>
public sealed class Tenant
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required string Name { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }
}
