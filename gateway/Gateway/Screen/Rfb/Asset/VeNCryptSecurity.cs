using System.Buffers.Binary;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sallyport.Contracts.Links;

namespace Sallyport.Gateway.Screen.Rfb.Asset;

/// <summary>VeNCrypt 0.2: TLS with or without a certificate, and inside it no password, a VNC password, or user name and password.</summary>
internal static class VeNCryptSecurity
{
    private const uint Plain = 256;
    private const uint TlsNone = 257;
    private const uint TlsVnc = 258;
    private const uint TlsPlain = 259;
    private const uint X509None = 260;
    private const uint X509Vnc = 261;
    private const uint X509Plain = 262;

    /// <returns>The security type that goes on from here, and a name of the whole for the evidence.</returns>
    public static async Task<(uint Type, string Name)> NegotiateAsync(RfbTransport transport, RfbClientOptions options, CancellationToken cancellationToken)
    {
        var offered = await ReadTypesAsync(transport, cancellationToken);
        var chosen = Choose(offered, options);
        var number = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(number, chosen);
        await transport.SendAsync(number, cancellationToken);
        if (chosen != Plain)
        {
            transport.Reader.Part = "the start of TLS";
            await transport.Reader.EnsureAsync(1, cancellationToken);
            if (transport.Reader.TakeByte() != 1)
            {
                throw new RfbFailureException(RfbFailureKind.TlsFailed, "The asset offered TLS and could not begin it. Does its VNC server have a certificate?");
            }

            await SecureAsync(transport, options, withCertificate: chosen is X509None or X509Vnc or X509Plain, cancellationToken);
        }

        switch (chosen)
        {
            case Plain or TlsPlain or X509Plain:
                await transport.SendAsync(Credential(options.UserName ?? "", options.Password ?? ""), cancellationToken);
                return (SecurityType.VeNCrypt, chosen switch { Plain => "user name and password", TlsPlain => "TLS without certificate, user name and password", _ => "TLS, user name and password" });
            case TlsVnc or X509Vnc:
                return (SecurityType.VncAuthentication, chosen == TlsVnc ? "TLS without certificate, VNC password" : "TLS, VNC password");
            default:
                return (SecurityType.None, chosen == TlsNone ? "TLS without certificate" : "TLS");
        }
    }

    private static async Task<List<uint>> ReadTypesAsync(RfbTransport transport, CancellationToken cancellationToken)
    {
        var reader = transport.Reader;
        reader.Part = "the negotiation of VeNCrypt";
        await reader.EnsureAsync(2, cancellationToken);
        var (major, minor) = (reader.TakeByte(), reader.TakeByte());
        if (major != 0 || minor < 2)
        {
            throw new RfbFailureException(RfbFailureKind.SecurityUnsupported, $"The asset speaks VeNCrypt {major}.{minor}; the gateway speaks 0.2.");
        }

        await transport.SendAsync(new byte[] { 0, 2 }, cancellationToken);
        await reader.EnsureAsync(2, cancellationToken);
        if (reader.TakeByte() != 0)
        {
            throw new RfbFailureException(RfbFailureKind.SecurityUnsupported, "The asset refuses VeNCrypt 0.2.");
        }

        List<uint> offered = [];
        for (var left = reader.TakeByte(); left > 0; left--)
        {
            await reader.EnsureAsync(4, cancellationToken);
            offered.Add(reader.TakeUInt32());
        }

        return offered;
    }

    private static uint Choose(List<uint> offered, RfbClientOptions options)
    {
        uint[] withPin = [X509Vnc, X509Plain, X509None];
        uint[] withoutPin = [TlsVnc, TlsPlain, TlsNone, Plain, .. withPin];
        foreach (var type in options.CertificatePin is null ? withoutPin : withPin)
        {
            var usable = type switch
            {
                TlsNone or X509None => true,
                TlsVnc or X509Vnc => options.Password is not null,
                _ => options.Password is not null && options.UserName is not null,
            };
            if (usable && offered.Contains(type))
            {
                return type;
            }
        }

        if (options.CertificatePin is not null && !offered.Exists(withPin.Contains))
        {
            throw new RfbFailureException(RfbFailureKind.CertificateChanged, "A certificate is pinned for the asset, and it no longer offers TLS with one. If its VNC server was changed on purpose, an admin must remove the pin.");
        }

        throw options.Password is null && offered.Exists(t => t is TlsVnc or X509Vnc or TlsPlain or X509Plain or Plain)
            ? new RfbFailureException(RfbFailureKind.PasswordMissing, "The asset asks for a password, and none is stored for it.")
            : new RfbFailureException(
                RfbFailureKind.SecurityUnsupported,
                offered.Exists(t => t is TlsPlain or X509Plain or Plain)
                    ? "The asset asks for a user name and a password, and no user name is stored for it."
                    : $"The asset offers no kind of VeNCrypt that the gateway can use. It offers: {string.Join(", ", offered)}.");
    }

    private static async Task SecureAsync(RfbTransport transport, RfbClientOptions options, bool withCertificate, CancellationToken cancellationToken)
    {
        string? shown = null;
        var tls = new SslClientAuthenticationOptions
        {
            // The pin decides, not a name or an authority: panels sign their own.
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                shown = (certificate as X509Certificate2)?.PublicKey is { } key ? Convert.ToBase64String(SHA256.HashData(key.ExportSubjectPublicKeyInfo())) : null;
                return !withCertificate || (options.CertificatePin is not null && PinnedCertificate.Accepts(certificate, SslPolicyErrors.None, options.CertificatePin));
            },
        };
        if (!withCertificate)
        {
            UseAnonymousTls(tls);
        }

        try
        {
            await transport.SecureAsync(tls, cancellationToken);
        }
        catch (AuthenticationException e)
        {
            throw new RfbFailureException(Failure(shown, options.CertificatePin, withCertificate, e), e);
        }
    }

    private static RfbFailure Failure(string? shown, string? pin, bool withCertificate, AuthenticationException e) => (shown, pin) switch
    {
        ({ } s, null) when withCertificate => new RfbFailure(
            RfbFailureKind.CertificateUnknown,
            $"The asset shows a certificate, and none is pinned for it. If this is the asset's own, an admin must pin it: {s}.")
        { CertificatePin = s },
        ({ } s, { } p) when s != p => new RfbFailure(
            RfbFailureKind.CertificateChanged,
            $"The asset shows another certificate than the one that was pinned. Pinned: {p}. Shown now: {s}. If the device was replaced, an admin must pin the new one; if not, do not connect.")
        { CertificatePin = s },
        _ => new RfbFailure(RfbFailureKind.TlsFailed, $"TLS could not be agreed on with the asset: {(e.InnerException ?? e).Message}"),
    };

    // Keys are agreed on and nobody is named. OpenSSL allows that only at its lowest security level, which .NET sets with this policy.
    private static void UseAnonymousTls(SslClientAuthenticationOptions tls)
    {
        tls.EnabledSslProtocols = SslProtocols.Tls12;
#pragma warning disable SYSLIB0040 // "No encryption" is not among the cipher suites below.
        tls.EncryptionPolicy = EncryptionPolicy.AllowNoEncryption;
#pragma warning restore SYSLIB0040
        tls.CipherSuitesPolicy = new CipherSuitesPolicy(
        [
            TlsCipherSuite.TLS_DH_anon_WITH_AES_256_GCM_SHA384,
            TlsCipherSuite.TLS_DH_anon_WITH_AES_128_GCM_SHA256,
            TlsCipherSuite.TLS_DH_anon_WITH_AES_256_CBC_SHA256,
            TlsCipherSuite.TLS_DH_anon_WITH_AES_128_CBC_SHA256,
            TlsCipherSuite.TLS_DH_anon_WITH_AES_256_CBC_SHA,
            TlsCipherSuite.TLS_DH_anon_WITH_AES_128_CBC_SHA,
            TlsCipherSuite.TLS_ECDH_anon_WITH_AES_256_CBC_SHA,
            TlsCipherSuite.TLS_ECDH_anon_WITH_AES_128_CBC_SHA,
        ]);
    }

    private static byte[] Credential(string user, string password)
    {
        var (name, secret) = (Encoding.UTF8.GetBytes(user), Encoding.UTF8.GetBytes(password));
        var message = new byte[8 + name.Length + secret.Length];
        BinaryPrimitives.WriteUInt32BigEndian(message, (uint)name.Length);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), (uint)secret.Length);
        name.CopyTo(message, 8);
        secret.CopyTo(message, 8 + name.Length);
        return message;
    }
}
