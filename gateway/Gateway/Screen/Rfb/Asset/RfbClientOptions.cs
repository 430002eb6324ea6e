namespace Sallyport.Gateway.Screen.Rfb.Asset;

/// <summary>How the gateway presents itself to an asset's VNC server.</summary>
public sealed record RfbClientOptions
{
    /// <summary>For security types with a user name; most VNC servers have none.</summary>
    public string? UserName { get; init; }

    /// <summary>VNC authentication uses the first 8 bytes of it. Null: only servers that ask for none can be used.</summary>
    public string? Password { get; init; }

    /// <summary>
    /// SHA-256 of the asset's SubjectPublicKeyInfo, base64. Set: nothing but TLS with this certificate is accepted, so that nobody
    /// in between can talk the connection down. Null: TLS without a certificate or no TLS; a server that insists on one
    /// ends in <see cref="RfbFailureKind.CertificateUnknown"/> with the pin to set.
    /// </summary>
    public string? CertificatePin { get; init; }

    /// <summary>Null leaves the asset's own pixel format alone: there are panels that die when they are asked for another.</summary>
    public PixelFormat? AskedFormat { get; init; }

    /// <summary>What is asked for, best first; empty asks for nothing, and the server sends raw pixels.</summary>
    public IReadOnlyList<int> Encodings { get; init; } = DefaultEncodings;

    /// <summary>False: other clients of a server that allows only one are thrown out.</summary>
    public bool Shared { get; init; } = true;

    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>At most one request for an update in that time. A little less than the 16 ms that common servers take for a picture: what just misses one waits for the next.</summary>
    public TimeSpan UpdateInterval { get; init; } = TimeSpan.FromMilliseconds(15);

    /// <summary>Pixels that this session's screen may have; at most <see cref="RfbLimits.MaxPixels"/>.</summary>
    public int MaxPixels { get; init; } = RfbLimits.MaxPixels;

    public static IReadOnlyList<int> DefaultEncodings { get; } =
    [
        RfbEncoding.CopyRect, RfbEncoding.Tight, RfbEncoding.Zrle, RfbEncoding.Hextile, RfbEncoding.Zlib, RfbEncoding.CoRre, RfbEncoding.Rre, RfbEncoding.Raw,
        RfbEncoding.Cursor, RfbEncoding.LastRect, RfbEncoding.ExtendedDesktopSize, RfbEncoding.DesktopSize, RfbEncoding.ExtendedClipboard,
    ];

    /// <summary>Names no secret.</summary>
    public override string ToString() => nameof(RfbClientOptions);
}
