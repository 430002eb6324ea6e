using System.IdentityModel.Tokens.Jwt;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>The framework's handler, for providers that are away and for those that say at UserInfo what others have in the ID token.</summary>
internal sealed class OpenIdHandler(IOptionsMonitor<OpenIdConnectOptions> options, ILoggerFactory logger, HtmlEncoder htmlEncoder, UrlEncoder encoder) : OpenIdConnectHandler(options, logger, htmlEncoder, encoder)
{
    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        try
        {
            await base.HandleChallengeAsync(properties);
        }
        catch (Exception e) when (!Context.RequestAborted.IsCancellationRequested)
        {
            // Its metadata do not come, or it takes no pushed request (RFC 9126): whatever the parsers throw at nonsense.
            ((SignInEvents)Events).Refuse(Context, e);
        }
    }

    protected override async Task<HandleRequestResult> GetUserInformationAsync(OpenIdConnectMessage message, JwtSecurityToken jwt, ClaimsPrincipal principal, AuthenticationProperties properties)
    {
        // Whoever is known needs no name, and what somebody may do is often in the ID token.
        if (!SignInEvents.IsMoreNeeded(Context))
        {
            return HandleRequestResult.Success(new AuthenticationTicket(principal, properties, Scheme.Name));
        }

        try
        {
            return await base.GetUserInformationAsync(message, jwt, principal, properties) is { Failure: null } result ? result : Fault(null);
        }
        catch (Exception e) when (!Context.RequestAborted.IsCancellationRequested)
        {
            return Fault(e);
        }

        HandleRequestResult Fault(Exception? e) => HandleRequestResult.Fail(new ProviderUnavailableException($"The provider's UserInfo gives no answer, or one for somebody else: {e?.Message}", e), properties);
    }
}
