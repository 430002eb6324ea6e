using System.Buffers.Text;
using System.Security.Cryptography;
using Sallyport.Contracts.Signing;
using Sallyport.Portal.Keys;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>The provider's ES256 key, and how it is published (RFC 7517, RFC 7518 section 6.2.1).</summary>
internal sealed class ProviderKeys : IDisposable
{
    private readonly ECDsa _key;
    private readonly string _keyId;

    public ProviderKeys(KeyFolder keys)
    {
        _key = keys.Signing("openid");
        _keyId = PublicKey.Of(_key).KeyId;
    }

    public object Jwks()
    {
        var point = _key.ExportParameters(false).Q;
        return new { keys = new[] { new { kty = "EC", crv = "P-256", use = "sig", alg = "ES256", kid = _keyId, x = Base64Url.EncodeToString(point.X), y = Base64Url.EncodeToString(point.Y) } } };
    }

    public string Sign<T>(T claims, string type)
    {
        lock (_key)
        {
            return CompactJws.Sign(claims, type, _keyId, _key);
        }
    }

    public T? Verify<T>(string token, string type)
        where T : class
    {
        lock (_key)
        {
            return CompactJws.Verify<T>(token, type, kid => kid == _keyId ? _key : null);
        }
    }

    public void Dispose() => _key.Dispose();
}
