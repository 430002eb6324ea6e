using System.ComponentModel.DataAnnotations;
using Sallyport.Contracts;

namespace Sallyport.Gateway;

/// <summary>What a gateway cannot run without: section <c>Gateway</c> of the configuration.</summary>
public sealed record GatewayOptions
{
    public const string Section = "Gateway";

    /// <summary>Where the portal's control link is.</summary>
    [Required, Url]
    public required string PortalUrl { get; init; }

    /// <summary>SHA-256 of the portal's public key (SPKI), base64, when its certificate is self-signed.</summary>
    public string? PortalCertificatePin { get; init; }

    /// <summary>Where browsers reach this gateway.</summary>
    [Required, Url]
    public required string Url { get; init; }

    /// <summary>The address that its connections to assets come from, as the hub sees it.</summary>
    [Required, Ipv4Address]
    public required string OverlayAddress { get; init; }

    /// <summary>Its own key and id; no credential of any plant.</summary>
    [Required]
    public required string DataFolder { get; init; }

    [Required]
    public required string RecordingStore { get; init; }

    /// <summary>The one-time code of <c>portal component add</c>; needed at the first start only.</summary>
    public string? EnrollmentCode { get; init; }
}
