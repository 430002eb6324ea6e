using System.Text.RegularExpressions;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>What an admin types of a provider, and what is wrong with it.</summary>
public sealed partial class ProviderForm
{
    private const int MaxText = 200;
    private const int MaxRules = 200;

    /// <summary>Null: a new one.</summary>
    public Guid? Id { get; init; }

    public string Key { get; set; } = "";

    public string Title { get; set; } = "";

    public string Authority { get; set; } = "";

    public string ClientId { get; set; } = "";

    /// <summary>Empty: the one that is there stays, as long as authority and client do.</summary>
    public string Secret { get; set; } = "";

    /// <summary>There is none.</summary>
    public bool IsPublic { get; set; }

    public string Scopes { get; set; } = "openid profile";

    public Guid TenantId { get; set; }

    public string RoleClaim { get; set; } = "roles";

    /// <summary>Lines of “value = role”.</summary>
    public string Roles { get; set; } = "";

    public string TenantClaim { get; set; } = "";

    /// <summary>Lines of “value = company”.</summary>
    public string Tenants { get; set; } = "";

    /// <summary>Separated by spaces, commas or lines.</summary>
    public string Domains { get; set; } = "";

    public static ProviderForm Of(IdentityProvider row, IReadOnlyDictionary<Guid, string> tenants) => new()
    {
        Id = row.Id,
        Key = row.Key,
        Title = row.Title,
        Authority = row.Authority,
        ClientId = row.ClientId,
        IsPublic = row.Secret is null,
        Scopes = row.Scopes,
        TenantId = row.TenantId,
        RoleClaim = row.RoleClaim,
        Roles = string.Join('\n', row.Roles.Select(rule => $"{rule.Key} = {rule.Value}")),
        TenantClaim = row.TenantClaim ?? "",
        Tenants = string.Join('\n', row.Tenants.Select(rule => $"{rule.Key} = {tenants.GetValueOrDefault(rule.Value)}")),
        Domains = string.Join(' ', row.Domains),
    };

    /// <summary>For a person; null when it can be used.</summary>
    public static string? FaultOf(IdentityProvider row) => row switch
    {
        _ when !KeyForm().IsMatch(row.Key) => "The short name has 1 to 40 lower-case letters, digits and hyphens.",
        { Title.Length: 0 or > MaxText } => "Give a name that people know it by.",
        _ when !TransportSecurity.Is(row.Authority) || row.Authority.EndsWith('/') || new Uri(row.Authority) is not { Query: "", Fragment: "", UserInfo: "" } => "The authority must be https, or http on this machine, without query and user.",
        { ClientId.Length: 0 or > MaxText } => "Give the client ID that the provider knows the portal by.",
        _ when !row.Scopes.Split(' ').Contains("openid", StringComparer.Ordinal) => "The scopes must contain openid.",
        { Roles.Count: 0 } => "Give at least one rule for roles: without a role nobody gets in.",
        { RoleClaim.Length: 0 or > MaxText } => "Give the claim that says what somebody may do.",
        { TenantClaim: not null, Tenants.Count: 0 } or { TenantClaim: null, Tenants.Count: > 0 } => "The claim for companies and its rules go together.",
        _ when row.Domains.Any(domain => !DomainForm().IsMatch(domain)) => "A domain looks like example.com.",
        _ => null,
    };

    internal IEnumerable<string> DomainList() => Domains.ToLowerInvariant().Split([' ', ',', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal);

    /// <summary>Lines of “value = meaning”.</summary>
    /// <returns>Null when a line is none, or its meaning is not known.</returns>
    internal static Dictionary<string, T>? Rules<T>(string lines, Func<string, T?> meaning)
        where T : struct
    {
        var rules = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var line in lines.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var at = line.LastIndexOf('=');
            if (at < 1 || meaning(line[(at + 1)..].Trim()) is not { } known || rules.Count >= MaxRules || !rules.TryAdd(line[..at].Trim(), known))
            {
                return null;
            }
        }

        return rules;
    }

    [GeneratedRegex("^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$", RegexOptions.None, 1000)]
    private static partial Regex KeyForm();

    [GeneratedRegex(@"^[a-z0-9-]+(?:\.[a-z0-9-]+)+$", RegexOptions.None, 1000)]
    private static partial Regex DomainForm();
}
