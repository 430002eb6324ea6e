using Sallyport.Contracts;

namespace Sallyport.Portal.Plants;

/// <summary>What an admin says of a service. An empty secret keeps the one that is stored.</summary>
/// <param name="Kind">Fixed once the service exists.</param>
/// <param name="UserName">Empty where the protocol has none, such as VNC.</param>
/// <param name="ViewSecret">Of a screen with two passwords: the one for looking; then <paramref name="Secret"/> is the one for working.</param>
/// <param name="Passphrase">Opens the private key that <paramref name="Secret"/> is.</param>
/// <param name="LegacySsh">Of a terminal whose asset is old; null: current algorithms alone.</param>
/// <param name="Certificate">Of the private key, in OpenSSH's form; empty: none.</param>
/// <param name="NoSecret">The service asks for none: the one that is stored is taken away.</param>
public sealed record ServiceSpec(
    ServiceKind Kind, string Name, int Port, string UserName, string? Secret, bool SecretIsKey, int IdleMinutes, ScreenSettings? Screen = null, WebSettings? Web = null, string? ViewSecret = null, bool NoSecret = false, string? Passphrase = null, LegacySsh? LegacySsh = null, string? Certificate = null)
{
    /// <summary>Names no secret.</summary>
    public override string ToString() => $"{Kind} {Name}";
}
