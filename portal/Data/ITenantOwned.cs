namespace Sallyport.Portal.Data;

/// <summary>A row that belongs to one tenant. <see cref="PortalDb"/> shows it to that tenant only.</summary>
public interface ITenantOwned
{
    Guid TenantId { get; }
}
