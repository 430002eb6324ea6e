using System.ComponentModel.DataAnnotations;

namespace Sallyport.Portal.Common;

/// <summary>What the portal cannot run without: section <c>Portal</c> of the configuration.</summary>
public sealed record PortalOptions
{
    public const string Section = "Portal";

    /// <summary>Where browsers reach the portal, such as <c>https://portal.example</c>: also its OpenID redirect base and the gateway's allowed origin.</summary>
    [Required, Url]
    public required string PublicUrl { get; init; }

    /// <summary>Whether browsers come by HTTPS: then cookies are for HTTPS alone, and they are told to stay with it.</summary>
    public bool IsHttps => IsHttpsAddress(PublicUrl);

    /// <summary>Where plants, gateways and hubs reach the portal, when that is another address; else <see cref="PublicUrl"/>.</summary>
    [Url]
    public string? LinkUrl { get; init; }

    /// <summary>The SHA-256 of <see cref="LinkUrl"/>'s public key (SPKI), base64, when its certificate is self-signed; shown in the enrollment commands.</summary>
    public string? LinkPin { get; init; }

    /// <summary>Npgsql connection string of the role that may not change the audit log.</summary>
    [Required]
    public required string Database { get; init; }

    /// <summary>Keys that must not be in the database; mode 0700.</summary>
    [Required]
    public required string KeyFolder { get; init; }

    /// <summary>Where gateways write recordings; read-only is enough.</summary>
    [Required]
    public required string RecordingStore { get; init; }

    /// <summary>Scheme, name and port of <see cref="PublicUrl"/>, as browsers write them in <c>Origin</c>.</summary>
    public string Origin => new Uri(PublicUrl).GetLeftPart(UriPartial.Authority);

    internal static bool IsHttpsAddress(string? url) => url?.StartsWith("https:", StringComparison.OrdinalIgnoreCase) == true;
}
