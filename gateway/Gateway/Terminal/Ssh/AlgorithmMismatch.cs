using Renci.SshNet.Common;

namespace Sallyport.Gateway.Terminal.Ssh;

/// <summary>
/// An asset that offers nothing that the gateway accepts, in words for a person. SSH.NET keeps the asset's lists to itself and names
/// the one that matters in its exception: what is read here has its tests, and other text gives no sentence.
/// </summary>
internal static class AlgorithmMismatch
{
    /// <summary>As many as a person reads; a hostile asset may send thousands.</summary>
    private const int MaxNames = 8;

    private const string Beginning = "No matching ";
    private const string Middle = " algorithm (server offers ";

    public static string? Describe(SshConnectionException e)
    {
        var middle = e.Message.IndexOf(Middle, StringComparison.Ordinal);
        if (middle < 0 || !e.Message.StartsWith(Beginning, StringComparison.Ordinal) || !e.Message.EndsWith(')'))
        {
            return null;
        }

        var names = e.Message[(middle + Middle.Length)..^1];
        return e.Message[Beginning.Length..middle] switch
        {
            "key exchange" => Sentence("key exchange", SshAlgorithms.KeyExchanges),
            "host key" => Sentence("its host key", SshAlgorithms.HostKeys),
            "client encryption" or "server encryption" => Sentence("encryption", SshAlgorithms.Ciphers),
            "client MAC" or "server MAC" => Sentence("message authentication (MAC)", SshAlgorithms.Macs),
            "client compression" or "server compression" => Sentence("compression", SshAlgorithms.Compressions),
            _ => null,
        };

        string Sentence(string use, string[] accepted) =>
            $"The asset offers {Offered(names)} for {use}; the gateway accepts {List(accepted)}. Have the asset's SSH server updated, or one of these switched on there.";
    }

    private static string Offered(string names)
    {
        // RFC 8308, section 2.1, and OpenSSH's strict key exchange stand in the list and are no algorithms.
        string[] valid = [.. names.Split(',').Where(name => IsName(name) && name is not "ext-info-s" && !name.StartsWith("kex-strict-", StringComparison.Ordinal))];
        return valid.Length switch
        {
            0 => "nothing",
            > MaxNames => $"only {string.Join(", ", valid.Take(MaxNames))} and {valid.Length - MaxNames} more",
            _ => $"only {List(valid)}",
        };
    }

    // RFC 4251, section 6.
    private static bool IsName(string text) => text.Length is > 0 and <= 64 && text.All(letter => letter is > ' ' and <= '~');

    private static string List(string[] names) => names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} and {names[^1]}";
}
