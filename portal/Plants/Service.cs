using Sallyport.Contracts;
using Sallyport.Portal.Data;
using Sallyport.Portal.Keys;

namespace Sallyport.Portal.Plants;

/// <summary>One way into an asset, at a port, with the credential that the gateway presents there.</summary>
public sealed class Service : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required Guid TenantId { get; init; }

    public required Guid AssetId { get; init; }

    public required string Name { get; set; }

    public required ServiceKind Kind { get; init; }

    public required int Port { get; set; }

    public required string UserName { get; set; }

    /// <summary>Password or private key, sealed with a key that is not in the database (see Keys); bound to this row's id and <see cref="CredentialDestination"/>. No bytes: it must be given again.</summary>
    public required byte[] SealedCredential { get; set; }

    /// <summary>Whether <see cref="SealedCredential"/> is a private key; else a password.</summary>
    public bool CredentialIsKey { get; set; }

    /// <summary>That an authority made for the private key, in OpenSSH's form; no secret. Null: the key alone.</summary>
    public string? Certificate { get; set; }

    /// <summary>For screens.</summary>
    public ScreenSettings? Screen { get; set; }

    /// <summary>For web HMIs.</summary>
    public WebSettings? Web { get; set; }

    /// <summary>For terminals of assets that speak only old algorithms; null: current ones alone, as everywhere.</summary>
    public LegacySsh? LegacySsh { get; set; }

    /// <summary>The pinned key of the server: an SSH host key blob, base64, or what a certificate is pinned by.</summary>
    public string? HostKey { get; set; }

    public string? HostKeyAlgorithm { get; set; }

    /// <summary>As OpenSSH prints it: <c>SHA256:…</c>.</summary>
    public string? HostKeyFingerprint { get; set; }

    public DateTimeOffset? HostKeyPinnedAt { get; set; }

    public Guid? HostKeyPinnedById { get; set; }

    /// <summary>Minutes without input until a session ends; 0: never.</summary>
    public int IdleMinutes { get; set; } = 30;

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was removed: from then on nobody finds or reaches it, and only what was done there still names it.</summary>
    public DateTimeOffset? ArchivedAt { get; set; }

    /// <summary>Raised when its form is saved, when its asset gets another address, and when it is removed, so that the later of two admins is told. A key that is pinned leaves it.</summary>
    public int Version { get; set; }

    /// <summary>For another address or port, or TLS switched on or off: that is another server until its key has been seen.</summary>
    public void Unpin() => (HostKey, HostKeyAlgorithm, HostKeyFingerprint, HostKeyPinnedAt, HostKeyPinnedById) = (null, null, null, null, null);

    /// <summary>For another destination: what is stored was not given for that one. Where nothing is presented, nothing is missing.</summary>
    public void ForgetCredential() => SealedCredential = CredentialSeal.IsEmpty(SealedCredential) ? SealedCredential : [];

    /// <summary>No session starts before somebody has seen and pinned the server's key.</summary>
    public bool LacksPin => HostKey is null && (Kind == ServiceKind.Ssh || Web is { Tls: true });

    /// <summary>The old algorithms that it may speak now; null: none.</summary>
    public IReadOnlyList<string>? LegacyInForce(DateTimeOffset now) => LegacySsh is { } legacy && legacy.InForce(now) ? legacy.Algorithms : null;

    /// <summary>It had one, for another destination. A screen or page that needs none has an empty one.</summary>
    public bool LacksCredential => SealedCredential.Length == 0;
}
