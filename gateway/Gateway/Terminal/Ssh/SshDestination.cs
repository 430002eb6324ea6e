namespace Sallyport.Gateway.Terminal.Ssh;

/// <summary>An asset's SSH server, and what is known of it.</summary>
/// <param name="PinnedHostKey">base64; null: only to see which key it shows, nobody signs in.</param>
/// <param name="LegacyAlgorithms">Old algorithms that an admin allowed for it; null: none.</param>
internal sealed record SshDestination(string Address, int Port, string? PinnedHostKey, IReadOnlyList<string>? LegacyAlgorithms = null);
