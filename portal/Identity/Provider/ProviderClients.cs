using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Identity.SignIn;
using Sallyport.Portal.Keys;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>Who may ask the provider: the portal, with a secret that only the key folder holds, and what the configuration names.</summary>
internal sealed class ProviderClients(IOptions<ProviderOptions> options, IOptions<PortalOptions> portal, KeyFolder keys)
{
    public const string PortalId = "sallyport-portal";

    private readonly Dictionary<string, ProviderClient> _clients = options.Value.Clients
        .Append(new ProviderClient { Id = PortalId, Secret = PortalSecret(keys), RedirectUris = [portal.Value.PublicUrl + SignInRoutes.Callback], PostLogoutRedirectUris = [portal.Value.PublicUrl + "/"] })
        .ToDictionary(client => client.Id, StringComparer.Ordinal);

    public static string PortalSecret(KeyFolder keys) => Convert.ToHexStringLower(keys.Symmetric("openid-client"));

    public ProviderClient? Find(string? id) => id is null ? null : _clients.GetValueOrDefault(id);

    /// <summary>RFC 6749, section 2.3.1: the secret by HTTP Basic or in the form, compared in constant time.</summary>
    public ProviderClient? Authenticate(string? authorization, IFormCollection form)
    {
        string? id = form["client_id"], secret = form["client_secret"];
        if (authorization is not null && authorization.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            Span<byte> bytes = new byte[1024];
            if (!Convert.TryFromBase64String(authorization[6..].Trim(), bytes, out var length)
                || Encoding.UTF8.GetString(bytes[..length]).Split(':', 2) is not [var basicId, var basicSecret])
            {
                return null;
            }

            (id, secret) = (Uri.UnescapeDataString(basicId.Replace('+', ' ')), Uri.UnescapeDataString(basicSecret.Replace('+', ' ')));
        }

        return Find(id) switch
        {
            null => null,
            { Secret: null } client => string.IsNullOrEmpty(secret) ? client : null,
            { Secret: { } expected } client => CryptographicOperations.FixedTimeEquals(Hash(expected), Hash(secret ?? "")) ? client : null,
        };
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
