using System.ComponentModel.DataAnnotations;
using Sallyport.Contracts;

namespace Sallyport.Hub;

/// <summary>What a hub cannot run without: section <c>Hub</c> of the configuration.</summary>
public sealed record HubOptions
{
    public const string Section = "Hub";

    /// <summary>Where an edge is sent a packet to, so that it shakes hands: "discard" (RFC 863), which the edge drops.</summary>
    public const int KeepalivePort = 9;

    [Required, Url]
    public required string PortalUrl { get; init; }

    /// <summary>SHA-256 of the portal's public key (SPKI), base64, when its certificate is self-signed.</summary>
    public string? PortalCertificatePin { get; init; }

    /// <summary>Its own keys and what it must know after a restart; no user data, no credential.</summary>
    [Required]
    public required string DataFolder { get; init; }

    /// <summary>The WireGuard interface.</summary>
    [Required, RegularExpression("^[a-z][a-z0-9-]{0,14}$")]
    public string Interface { get; init; } = "wg0";

    [Range(1, 65535)]
    public int ListenPort { get; init; } = 51820;

    /// <summary>Where plants dial in: <c>address:port</c>.</summary>
    [Required, Ipv4Endpoint]
    public required string Endpoint { get; init; }

    /// <summary>Where gateways stand.</summary>
    [Required, RegularExpression("^[a-z][a-z0-9-]{0,14}$")]
    public required string GatewayInterface { get; init; }

    public string? EnrollmentCode { get; init; }

    /// <summary>
    /// The hub shares its network namespace with other things of the machine. Then it filters only what enters or leaves the
    /// tunnel. Without this it wants a namespace of its own, in which everything is dropped that is not a path, and does not
    /// start in the machine's, which it would lock everybody out of.
    /// </summary>
    public bool SharedHost { get; init; }

    /// <summary>How often the hub looks for drift and reports its peers.</summary>
    [Range(1, 60)]
    public int CheckSeconds { get; init; } = 5;
}
