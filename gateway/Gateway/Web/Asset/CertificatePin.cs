using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sallyport.Gateway.Web.Asset;

/// <summary>The SHA-256 of an asset's certificate, which an admin pins as they pin a host key: such certificates are self-signed, expired, or made for another name.</summary>
internal static class CertificatePin
{
    private const int HexLength = 64;

    /// <summary>Lowercase hexadecimal.</summary>
    public static string Of(X509Certificate certificate) => Convert.ToHexStringLower(SHA256.HashData(certificate.GetRawCertData()));

    /// <summary>As browsers and <c>openssl x509 -fingerprint</c> print it: in pairs, with colons.</summary>
    public static string Display(string pin) => string.Join(':', pin.ToUpperInvariant().Chunk(2).Select(pair => new string(pair)));

    /// <summary>From any way to write it.</summary>
    /// <returns>Null for what is no SHA-256.</returns>
    public static string? Normalize(string? text)
    {
        var hex = text?.Replace(":", "", StringComparison.Ordinal).Trim().ToLowerInvariant();
        return hex is { Length: HexLength } && hex.All(char.IsAsciiHexDigit) ? hex : null;
    }
}
