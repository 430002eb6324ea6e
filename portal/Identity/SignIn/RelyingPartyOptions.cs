using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>Which OpenID provider the portal signs in at: section <c>SignIn</c>. Without an authority, the embedded one.</summary>
public sealed record RelyingPartyOptions
{
    public const string Section = "SignIn";

    /// <summary>The provider's issuer identifier: https, or http on this machine.</summary>
    [Url]
    public string? Authority { get; init; }

    public string? ClientId { get; init; }

    /// <summary>Null for a public client.</summary>
    public string? ClientSecret { get; init; }

    public string Scopes { get; init; } = "openid profile";

    /// <summary>The tenant that unknown users of this provider are added to; null refuses them.</summary>
    public Guid? TenantId { get; init; }

    /// <summary>The claim whose values <see cref="Roles"/> maps to roles.</summary>
    public string RoleClaim { get; init; } = "roles";

    /// <summary>Claim value → role. Where there are any, they are the user's roles from each sign-in on, and no admin changes them here.</summary>
    public IReadOnlyDictionary<string, Role> Roles { get; init; } = new Dictionary<string, Role>(StringComparer.Ordinal);

    /// <summary>How long somebody stays signed in, however busy they are; after that the provider asks again.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "7.00:00:00")]
    public TimeSpan SessionLimit { get; init; } = TimeSpan.FromHours(12);

    /// <summary>How many passwords, codes and provider's answers one address may send in a minute.</summary>
    [Range(1, 1_000_000)]
    public int AttemptsPerMinute { get; init; } = 60;
}

/// <summary>Stops the start with a sentence for whoever wrote the configuration.</summary>
internal sealed class RelyingPartyOptionsCheck : IValidateOptions<RelyingPartyOptions>
{
    public ValidateOptionsResult Validate(string? name, RelyingPartyOptions options)
    {
        var faults = new List<string>();
        if (options.Authority is { } authority && !TransportSecurity.Is(authority))
        {
            faults.Add($"{RelyingPartyOptions.Section}:Authority must be https, or http on this machine: codes and keys must not travel in the open.");
        }

        if (options.Authority is not null && string.IsNullOrEmpty(options.ClientId))
        {
            faults.Add($"{RelyingPartyOptions.Section}:ClientId is needed beside {RelyingPartyOptions.Section}:Authority.");
        }

        if (!options.Scopes.Split(' ').Contains("openid", StringComparer.Ordinal))
        {
            faults.Add($"{RelyingPartyOptions.Section}:Scopes must contain openid.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
