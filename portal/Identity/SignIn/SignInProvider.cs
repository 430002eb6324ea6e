using Microsoft.Extensions.Options;
using Sallyport.Portal.Identity.Provider;
using Sallyport.Portal.Keys;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>A provider that people sign in at, as the sign-in needs to know it.</summary>
/// <param name="Scheme">What the framework calls it.</param>
/// <param name="Authority">Its issuer identifier, without a slash at the end.</param>
/// <param name="ClientSecret">Null for a public client.</param>
/// <param name="CallbackPath">Where it sends browsers back to.</param>
internal sealed record SignInProvider(string Scheme, string Authority, string ClientId, string? ClientSecret, string Scopes, string CallbackPath)
{
    public const string Default = "openid";

    /// <summary>The one of the configuration; without one, the embedded.</summary>
    public static SignInProvider Of(RelyingPartyOptions options, PortalOptions portal, KeyFolder keys) => options.Authority is { } authority
        ? new(Default, authority.TrimEnd('/'), options.ClientId!, options.ClientSecret, options.Scopes, SignInRoutes.Callback)
        : new(Default, portal.PublicUrl + ProviderRoutes.Base, ProviderClients.PortalId, ProviderClients.PortalSecret(keys), options.Scopes, SignInRoutes.Callback);
}
