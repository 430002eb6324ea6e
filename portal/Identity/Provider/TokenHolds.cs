using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>A code or an access token is worth what its sign-in at the provider is worth, and its account. An ID token still says who signs out, and a pushed request is nobody's yet.</summary>
internal sealed class TokenHolds(ProviderSignIns signIns, ProviderAccounts accounts) : IOpenIddictServerHandler<ValidateTokenContext>
{
    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.Principal is not { } principal || principal.GetTokenType() is TokenTypeIdentifiers.IdentityToken or TokenTypeIdentifiers.Private.RequestToken)
        {
            return;
        }

        if (!Guid.TryParse(principal.GetClaim(Claims.Subject), out var accountId)
            || !Guid.TryParse(principal.GetClaim(ProviderClaims.SignIn), out var signInId)
            || !await signIns.HoldsAsync(signInId, accountId, context.CancellationToken)
            || await accounts.FindAsync(accountId, context.CancellationToken) is null)
        {
            context.Reject(Errors.InvalidToken, "The sign-in that it came from has ended.");
        }
    }
}
