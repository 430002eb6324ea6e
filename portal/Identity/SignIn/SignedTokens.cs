using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>
/// ID tokens must be signed. In the code flow the framework's handler takes unsigned ones, as OpenID Connect Core 1.0, section 3.1.3.7, lets it
/// where TLS names the provider; a proxy that opens TLS could then sign in as anybody.
/// </summary>
internal sealed class SignedTokens : JsonWebTokenHandler
{
    public SignedTokens() => MapInboundClaims = false;

    public override Task<TokenValidationResult> ValidateTokenAsync(string token, TokenValidationParameters validationParameters)
    {
        validationParameters.RequireSignedTokens = true;
        return base.ValidateTokenAsync(token, validationParameters);
    }
}
