using Sallyport.Contracts;

namespace Sallyport.Portal.Plants;

/// <summary>What is missing before anybody can work on a service, whatever grant they have.</summary>
public static class ServiceReadiness
{
    /// <returns>A sentence for the person who wants in; null when nothing is missing.</returns>
    public static string? Obstacle(Service service, Asset asset, Plant plant, DateTimeOffset now) =>
        service.LacksPin ? $"Nobody has pinned the {service.Kind.Info().Pinned} of {asset.Name} yet. Ask an admin to do it."
        : service.LacksCredential ? $"What the gateway signs in with at {asset.Name} must be given again, because it leads elsewhere now. Ask an admin to do it."
        : service.Certificate is { } text && UserCertificate.Read(text)?.EndsAt is { } end && end <= now ? $"The certificate that the gateway signs in with at {asset.Name} ended at {end:yyyy-MM-dd HH:mm} UTC. Ask an admin to store a new one."
        : !plant.IsOnline(now) ? $"{plant.Name} is offline{(plant.LastHandshakeAt is { } seen ? $" since {seen:yyyy-MM-dd HH:mm} UTC" : "")}. Its edge must be connected before anyone can work on it."
        : null;
}
