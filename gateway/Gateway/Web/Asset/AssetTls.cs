using System.Net.Security;
using System.Security.Authentication;

namespace Sallyport.Gateway.Web.Asset;

/// <summary>How the gateway speaks TLS to assets: as the system does, or, only where the service says so, as twenty-year-old panels do.</summary>
internal static class AssetTls
{
    private static readonly string[] Worthless = ["NULL", "anon", "EXPORT", "PSK", "KRB5", "RC4", "_DES_", "RC2", "IDEA"];

    // Naming the suites is what makes .NET leave OpenSSL's security level behind, which Debian sets so that nothing before TLS 1.2 works.
    private static readonly Lazy<CipherSuitesPolicy> AnySuite = new(() => new CipherSuitesPolicy(
        Enum.GetValues<TlsCipherSuite>().Where(suite => !Worthless.Any(word => suite.ToString().Contains(word, StringComparison.Ordinal)))));

    public static SslClientAuthenticationOptions Options(string host, bool legacy, RemoteCertificateValidationCallback accepts)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = host, RemoteCertificateValidationCallback = accepts };
        if (legacy)
        {
#pragma warning disable SYSLIB0039, CA5397, CA5398 // The service's owner accepted old TLS for this one asset; the certificate is pinned all the same.
            options.EnabledSslProtocols = SslProtocols.Tls | SslProtocols.Tls11 | SslProtocols.Tls12 | SslProtocols.Tls13;
#pragma warning restore SYSLIB0039, CA5397, CA5398
            options.CipherSuitesPolicy = AnySuite.Value;
        }

        return options;
    }
}
