using Microsoft.Extensions.Options;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>Further clients of the embedded provider: section <c>OpenIdProvider</c>. The portal itself is always one.</summary>
public sealed record ProviderOptions
{
    public const string Section = "OpenIdProvider";

    public IReadOnlyList<ProviderClient> Clients { get; init; } = [];
}

/// <summary>An application that people may sign in to at the embedded provider.</summary>
public sealed record ProviderClient
{
    public string Id { get; init; } = "";

    /// <summary>Null for a public client, which has only PKCE to prove itself with.</summary>
    public string? Secret { get; init; }

    /// <summary>Compared exactly, as strings (RFC 9700, section 2.1).</summary>
    public IReadOnlyList<string> RedirectUris { get; init; } = [];

    /// <summary>Compared exactly, too.</summary>
    public IReadOnlyList<string> PostLogoutRedirectUris { get; init; } = [];

    /// <summary>Where it wants to hear that somebody is signed out (OpenID Connect Back-Channel Logout 1.0, section 2.2); null: nowhere.</summary>
    public string? BackChannelLogoutUri { get; init; }
}

/// <summary>Stops the start with a sentence for whoever wrote the configuration.</summary>
internal sealed class ProviderOptionsCheck : IValidateOptions<ProviderOptions>
{
    private const int MinSecret = 24;

    public ValidateOptionsResult Validate(string? name, ProviderOptions options)
    {
        var faults = new List<string>();
        for (var i = 0; i < options.Clients.Count; i++)
        {
            var (client, at) = (options.Clients[i], $"{ProviderOptions.Section}:Clients:{i}");
            if (client.Id.Length is 0 or > 100 || client.Id == ProviderClients.PortalId || options.Clients.Count(other => other.Id == client.Id) > 1)
            {
                faults.Add($"{at}:Id must be given, at most 100 characters, differ from every other client's, and not be {ProviderClients.PortalId}.");
            }

            if (client.Secret is { Length: < MinSecret })
            {
                faults.Add($"{at}:Secret must have at least {MinSecret} characters; leave it out for a public client.");
            }

            if (client.BackChannelLogoutUri is { } logout && !IsReturnAddress(logout))
            {
                faults.Add($"{at}:BackChannelLogoutUri must be https, or http on this machine, without user, wildcard or fragment.");
            }

            if (client.RedirectUris.Count == 0 || client.RedirectUris.Concat(client.PostLogoutRedirectUris).Any(uri => !IsReturnAddress(uri)))
            {
                faults.Add($"{at} must have at least one of RedirectUris, and these and PostLogoutRedirectUris must be https, or http on this machine, without user, wildcard or fragment.");
            }
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    // RFC 6749, section 3.1.2, and RFC 8252, section 7.3.
    private static bool IsReturnAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && TransportSecurity.Is(uri) && uri is { Fragment.Length: 0, UserInfo.Length: 0 } && !text.Contains('*', StringComparison.Ordinal);
}
