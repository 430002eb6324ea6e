using Microsoft.Extensions.Options;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>OpenID Connect Discovery 1.0, section 3: what the provider can do and nothing more.</summary>
internal static class DiscoveryEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(ProviderRoutes.Discovery, (IOptions<PortalOptions> options) =>
        {
            var root = options.Value.PublicUrl;
            return Results.Json(new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["issuer"] = root + ProviderRoutes.Base,
                ["authorization_endpoint"] = root + ProviderRoutes.Authorize,
                ["token_endpoint"] = root + ProviderRoutes.Token,
                ["userinfo_endpoint"] = root + ProviderRoutes.UserInfo,
                ["end_session_endpoint"] = root + ProviderRoutes.EndSession,
                ["jwks_uri"] = root + ProviderRoutes.Jwks,
                ["response_types_supported"] = new[] { "code" },
                ["response_modes_supported"] = new[] { "query" },
                ["grant_types_supported"] = new[] { "authorization_code" },
                ["subject_types_supported"] = new[] { "public" },
                ["id_token_signing_alg_values_supported"] = new[] { "ES256" },
                ["token_endpoint_auth_methods_supported"] = new[] { "client_secret_basic", "client_secret_post", "none" },
                ["code_challenge_methods_supported"] = new[] { "S256" },
                ["scopes_supported"] = new[] { "openid", "profile" },
                ["claims_supported"] = new[] { "iss", "sub", "aud", "iat", "exp", "auth_time", "nonce", "sid", "name", "preferred_username" },
                ["prompt_values_supported"] = new[] { "none", "login" },
                ["authorization_response_iss_parameter_supported"] = true,

                // Left out, it would mean true.
                ["request_uri_parameter_supported"] = false,
            });
        }).AllowAnonymous();
        endpoints.MapGet(ProviderRoutes.Jwks, (ProviderKeys keys) => Results.Json(keys.Jwks())).AllowAnonymous();
    }
}
