using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sallyport.Tests.Support;

/// <summary>Certificates that nobody vouches for, for a day.</summary>
public static class SelfSigned
{
    /// <param name="name">Its common name.</param>
    /// <returns>With its private key (ECDSA, P-256).</returns>
    public static X509Certificate2 Create(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    /// <summary>SHA-256 of its public key (SPKI), base64: what who must know it beforehand is told.</summary>
    public static string PinOf(X509Certificate2 certificate) => Convert.ToBase64String(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    /// <summary>Writes a new one to <c>cert.pem</c> and its key to <c>key.pem</c>, as nginx and OpenSSL want them.</summary>
    public static async Task<X509Certificate2> WriteAsync(string name, string folder, CancellationToken cancellationToken = default)
    {
        var certificate = Create(name);
        using var key = certificate.GetECDsaPrivateKey()!;
        await File.WriteAllTextAsync($"{folder}/cert.pem", certificate.ExportCertificatePem(), cancellationToken);
        await File.WriteAllTextAsync($"{folder}/key.pem", key.ExportPkcs8PrivateKeyPem(), cancellationToken);
        return certificate;
    }
}
