using Sallyport.Contracts;

namespace Sallyport.Portal.Plants;

/// <summary>
/// Old algorithms of SSH that one service may speak although they are weak, because its asset has nothing better and cannot be
/// updated. Nothing of it is on by itself.
/// </summary>
/// <param name="Algorithms">Names of <see cref="LegacyAlgorithm.All"/>.</param>
/// <param name="Reason">Why it must be, in the admin's words.</param>
/// <param name="EndsAt">From then on the service speaks current algorithms alone, as every other one.</param>
public sealed record LegacySsh(IReadOnlyList<string> Algorithms, string Reason, DateTimeOffset EndsAt)
{
    public bool InForce(DateTimeOffset now) => now < EndsAt;
}
