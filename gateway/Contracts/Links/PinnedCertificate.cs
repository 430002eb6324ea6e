using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sallyport.Contracts.Links;

/// <summary>The portal's TLS certificate as gateways and hubs check it: by the system's trust, or by its public key alone where it is pinned.</summary>
public static class PinnedCertificate
{
    /// <param name="pin">SHA-256 of the SubjectPublicKeyInfo, base64 (as in RFC 7469, section 2.4); null: the system decides.</param>
    public static bool Accepts(X509Certificate? certificate, SslPolicyErrors errors, string? pin)
    {
        if (string.IsNullOrEmpty(pin))
        {
            return errors == SslPolicyErrors.None;
        }

        return certificate is X509Certificate2 known
            && CryptographicOperations.FixedTimeEquals(
                System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(SHA256.HashData(known.PublicKey.ExportSubjectPublicKeyInfo()))),
                System.Text.Encoding.ASCII.GetBytes(pin));
    }
}
