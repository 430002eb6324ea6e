using Renci.SshNet.Common;
using Sallyport.Contracts;

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
    private const string Update = "Have the asset's SSH server updated";

    public static string? Describe(SshConnectionException e, SshAlgorithms accepted)
    {
        if (Read(e) is not var (purpose, names))
        {
            return null;
        }

        if (purpose is not { } known)
        {
            return $"The asset {Offers(names)} for compression; the gateway accepts none. Switch off there what compresses.";
        }

        string[] allowed = [.. Allowable(known, names)];
        return $"The asset {Offers(names)} for {Use(known)}; the gateway accepts {List(accepted[known])}. {Update}, or one of these switched on there."
            + (allowed.Length > 0 ? $" If neither can be done, an admin can allow {List(allowed, "or")} for this service, for a time." : names.Length > 0 ? $" None of what it offers can be allowed: {Lost(names)}" : "");
    }

    /// <summary>What the asset would have to be allowed, all at once, in words for the admin.</summary>
    /// <returns>The old algorithms that are needed, one for each purpose; null when they are none, or would not be enough.</returns>
    public static (string Sentence, IReadOnlyList<string>? Needed)? Describe(SshOffer offer, SshAlgorithms accepted)
    {
        var (missing, needed, hopeless) = (new List<string>(), new List<string>(), new List<string>());
        foreach (var purpose in Enum.GetValues<SshPurpose>())
        {
            var names = offer[purpose];
            var mac = purpose != SshPurpose.Mac || accepted[SshPurpose.Encryption].Concat(needed).FirstOrDefault(offer[SshPurpose.Encryption].Contains) is not { } cipher || SshAlgorithms.NeedsMac(cipher);
            if (!mac || names.Any(accepted[purpose].Contains))
            {
                continue;
            }

            missing.Add($"{Listed([.. names])} for {Use(purpose)}");
            if (Allowable(purpose, names).FirstOrDefault() is { } name)
            {
                needed.Add(name);
            }
            else
            {
                hopeless.Add($"For {Use(purpose)}: {Lost([.. names])}");
            }
        }

        return missing.Count == 0 ? null
            : hopeless.Count > 0 ? ($"The asset offers only old algorithms: {List(missing)}. {Update}. {string.Join(' ', hopeless)}", null)
            : ($"The asset offers only old algorithms: {List(missing)}. {Update}. If that cannot be done, allow {List(needed)} for this service, for a time.", needed);
    }

    // RFC 4251, section 6. RFC 8308, section 2.1, and OpenSSH's strict key exchange stand in the list and are no algorithms.
    internal static bool IsAlgorithm(string name) =>
        name.Length is > 0 and <= 64 && name.All(letter => letter is > ' ' and <= '~') && name is not "ext-info-s" && !name.StartsWith("kex-strict-", StringComparison.Ordinal);

    private static (SshPurpose? Purpose, string[] Names)? Read(SshConnectionException e)
    {
        var middle = e.Message.IndexOf(Middle, StringComparison.Ordinal);
        if (middle < 0 || !e.Message.StartsWith(Beginning, StringComparison.Ordinal) || !e.Message.EndsWith(')'))
        {
            return null;
        }

        string[] names = [.. e.Message[(middle + Middle.Length)..^1].Split(',').Where(IsAlgorithm)];
        return e.Message[Beginning.Length..middle] switch
        {
            "key exchange" => (SshPurpose.KeyExchange, names),
            "host key" => (SshPurpose.HostKey, names),
            "client encryption" or "server encryption" => (SshPurpose.Encryption, names),
            "client MAC" or "server MAC" => (SshPurpose.Mac, names),
            "client compression" or "server compression" => (null, names),
            _ => null,
        };
    }

    private static string Use(SshPurpose purpose) => purpose switch
    {
        SshPurpose.KeyExchange => "key exchange",
        SshPurpose.HostKey => "its host key",
        SshPurpose.Encryption => "encryption",
        _ => "message authentication (MAC)",
    };

    private static IEnumerable<string> Allowable(SshPurpose purpose, IReadOnlyList<string> offered) =>
        LegacyAlgorithm.All.Where(algorithm => algorithm.Purpose == purpose && offered.Contains(algorithm.Name)).Select(algorithm => algorithm.Name);

    private static string Lost(string[] names) => names.Length == 0 ? "the asset offers nothing." : $"the gateway does not speak {Listed(names, "or")} at all.";

    private static string Offers(string[] names) => names.Length == 0 ? "offers nothing" : $"offers only {Listed(names)}";

    private static string Listed(string[] names, string last = "and") => names.Length switch
    {
        0 => "nothing",
        > MaxNames => $"{string.Join(", ", names.Take(MaxNames))} and {names.Length - MaxNames} more",
        _ => List(names, last),
    };

    private static string List(IReadOnlyList<string> names, string last = "and") => names.Count == 1 ? names[0] : $"{string.Join(", ", names.SkipLast(1))} {last} {names[^1]}";
}
