using Sallyport.Contracts;

namespace Sallyport.Gateway.Screen.Rfb;

public enum RfbFailureKind
{
    /// <summary>What answers does not speak RFB.</summary>
    NotRfb,

    /// <summary>The asset refused the connection, in its own words: too many clients, switched off, blocked after wrong passwords.</summary>
    Refused,

    /// <summary>The asset asks for a password, and none is stored.</summary>
    PasswordMissing,

    /// <summary>The asset refused the stored password.</summary>
    PasswordWrong,

    /// <summary>Nothing that the asset offers for signing in can be used here.</summary>
    SecurityUnsupported,

    /// <summary>The asset shows a certificate, and none is pinned for it; <see cref="RfbFailure.CertificatePin"/> is what would be.</summary>
    CertificateUnknown,

    /// <summary>The asset shows another certificate than the pinned one, or no longer offers TLS.</summary>
    CertificateChanged,

    /// <summary>TLS could not be agreed on.</summary>
    TlsFailed,

    /// <summary>The asset sends what RFB does not allow, or more than the limits; the message says what.</summary>
    Malformed,

    /// <summary>The asset sends what RFB allows, was not asked for, and cannot be decoded here.</summary>
    Unsupported,

    /// <summary>The connection ended.</summary>
    Closed,

    /// <summary>Nothing comes any more, not even the end of the connection: power or network are gone.</summary>
    Vanished,

    /// <summary>The handshake took longer than it may.</summary>
    TimedOut,
}

/// <summary>Why an RFB connection could not be made or ended, in words for the person who must act on it.</summary>
/// <param name="Message">Holds no secret, and nothing of the far side's own words but cleaned, shortened text.</param>
public sealed record RfbFailure(RfbFailureKind Kind, string Message)
{
    /// <summary>SHA-256 of the shown certificate's SubjectPublicKeyInfo, base64; with <see cref="RfbFailureKind.CertificateUnknown"/> and <see cref="RfbFailureKind.CertificateChanged"/>.</summary>
    public string? CertificatePin { get; init; }

    /// <summary>What it means for a session with an asset.</summary>
    public SessionEndReason EndReason => Kind switch
    {
        RfbFailureKind.PasswordMissing or RfbFailureKind.PasswordWrong => SessionEndReason.CredentialRefused,
        RfbFailureKind.CertificateUnknown or RfbFailureKind.CertificateChanged => SessionEndReason.HostKeyChanged,
        _ => SessionEndReason.AssetLost,
    };
}

/// <summary>Carries a failure out of the parsers.</summary>
public sealed class RfbFailureException(RfbFailure failure, Exception? inner = null) : Exception(failure.Message, inner)
{
    public RfbFailureException(RfbFailureKind kind, string message)
        : this(new RfbFailure(kind, message))
    {
    }

    public RfbFailure Failure { get; } = failure;

    internal static RfbFailureException Malformed(string what) => new(RfbFailureKind.Malformed, $"The screen's data is damaged: {what}.");
}
