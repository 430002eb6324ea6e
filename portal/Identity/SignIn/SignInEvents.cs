using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Sallyport.Portal.Audit;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>What the portal adds to the framework's sign-in: its address, RFC 9207, whom a provider's word lets in, rows, audit, and sentences for people.</summary>
internal sealed partial class SignInEvents(SignInProviders providers, UserDirectory users, SignIns signIns, AuditLog audit, IOptions<PortalOptions> portal, IOptions<RelyingPartyOptions> options, ILogger<SignInEvents> log, TimeProvider time) : OpenIdConnectEvents
{
    private const int MaxReason = 300;

    public override Task RedirectToIdentityProvider(RedirectContext context)
    {
        context.ProtocolMessage.RedirectUri = portal.Value.PublicUrl + context.Options.CallbackPath;
        context.ProtocolMessage.LoginHint = context.Properties.GetParameter<string>(OpenIdConnectParameterNames.LoginHint);
        context.Properties.ExpiresUtc = time.GetUtcNow() + OpenIdOptions.SignInTime;
        return Task.CompletedTask;
    }

    public override async Task MessageReceived(MessageReceivedContext context)
    {
        if (context.Properties?.ExpiresUtc is not { } until || until < time.GetUtcNow())
        {
            context.Fail("The answer belongs to no sign-in that this browser began, or began lately (state).");
            return;
        }

        // RFC 9207, section 2.4: against mix-up of providers.
        var provider = await context.Options.ConfigurationManager!.GetConfigurationAsync(context.HttpContext.RequestAborted);
        if (context.ProtocolMessage.Parameters.TryGetValue("iss", out var issuer) ? issuer != provider.Issuer : provider.AuthorizationResponseIssParameterSupported)
        {
            context.Fail("The answer comes from another provider (iss).");
        }
    }

    public override Task TokenResponseReceived(TokenResponseReceivedContext context)
    {
        SignInProgress.Of(context.HttpContext).HasToken = !string.IsNullOrEmpty(context.TokenEndpointResponse.IdToken);
        return Task.CompletedTask;
    }

    public override async Task TokenValidated(TokenValidatedContext context)
    {
        var progress = SignInProgress.Of(context.HttpContext);
        progress.Provider = providers.Find(context.Scheme.Name) ?? throw new ProviderUnavailableException("The provider was removed.");
        progress.Identity = IdTokenRules.Read(context.TokenEndpointResponse!.IdToken, context.Options.ClientId!, time);
        progress.User = await users.FindAsync(progress.Identity, context.HttpContext.RequestAborted);
    }

    /// <summary>OpenID Connect Core 1.0, section 5.3: many providers keep names and roles out of the ID token.</summary>
    public static bool IsMoreNeeded(HttpContext http) => SignInProgress.Of(http) is { Identity: { } identity } progress
        && IsRoleAsked(progress)
        && !(identity.Has(progress.Provider!.Rules.RoleClaim) && (progress.Provider.Rules.TenantClaim is not { } tenant || identity.Has(tenant)) && (progress.User is not null || identity.Has("name")));

    // Of a newcomer who may be taken in, and of whoever has the roles that the provider says.
    private static bool IsRoleAsked(SignInProgress progress) => progress.User switch
    {
        null => progress.Provider!.Rules.TakesIn,
        { DisabledAt: null } => progress.Provider!.Rules.GivesRoles,
        _ => false,
    };

    public override Task UserInformationReceived(UserInformationReceivedContext context)
    {
        var progress = SignInProgress.Of(context.HttpContext);
        progress.Identity = progress.Identity! with { Claims = [.. progress.Identity.Claims, context.User.RootElement.Clone()] };
        return Task.CompletedTask;
    }

    public override async Task TicketReceived(TicketReceivedContext context)
    {
        var (http, progress) = (context.HttpContext, SignInProgress.Of(context.HttpContext));
        var (identity, rules) = (progress.Identity!, progress.Provider!.Rules);
        var address = http.Connection.RemoteIpAddress?.ToString();
        if (IsRoleAsked(progress) && identity.IsElsewhere(rules.RoleClaim))
        {
            // Not “no role”: nothing is taken from whoever is known.
            await RefuseAsync(progress.User, $"The provider does not give “{rules.RoleClaim}”, but says where else to ask for it (_claim_names), which is not done.", "overage");
            return;
        }

        if (progress.User is { } stranger && !rules.IsFor(stranger.TenantId, identity))
        {
            await RefuseAsync(stranger, "The provider is not that of the user's company.", "unknown");
            return;
        }

        var user = progress.User switch
        {
            null => await users.AddAsync(identity, rules, http.RequestAborted),
            { DisabledAt: null } known when rules.GivesRoles => await users.FollowAsync(known, identity, rules, http.RequestAborted),
            var known => known,
        };
        if (user is null or { DisabledAt: not null } or { Roles: [] })
        {
            await (user switch
            {
                null => RefuseAsync(null, "Not a user of this portal.", "unknown"),
                { DisabledAt: null } => RefuseAsync(user, "The company's provider gives them no role here any more.", "norole"),
                _ => RefuseAsync(user, "The user is disabled.", "disabled"),
            });
            return;
        }

        var since = Since(identity.AuthenticatedAt, time.GetUtcNow(), options.Value.SessionLimit);
        var signIn = await signIns.BeginAsync(user, since, ProviderSession.Of(identity.Session, users.IsEmbedded(user)), address, http.Request.Headers.UserAgent, http.RequestAborted);
        if (!await providers.IsThereAsync(progress.Provider, http.RequestAborted))
        {
            // Removed while they signed in, and their row was not there when those of its people were ended.
            await signIns.EndAllAsync(user.Id, SignInEnd.ProviderRemoved, null, CancellationToken.None);
            await RefuseAsync(user, "The provider was removed.", "provider-removed");
            return;
        }

        if (PortalClaims.SignInOf((await http.AuthenticateAsync(SignInRoutes.CookieScheme)).Principal) is var (earlierUser, earlier))
        {
            // The browser forgets the older one: once it has the new cookie, by which its open pages load again.
            http.Response.OnCompleted(() => signIns.ReplaceAsync(earlierUser, earlier, signIn, CancellationToken.None));
        }

        // Of all that the handler has kept, the cookie needs what signs out at the provider.
        var idToken = context.Properties!.GetTokenValue("id_token");
        context.Properties = new AuthenticationProperties();
        context.Properties.Items[SignInProvider.Default] = context.Scheme.Name;
        context.Properties.StoreTokens([new AuthenticationToken { Name = "id_token", Value = idToken! }]);
        context.Principal = PortalCookie.Principal(user, signIn);
        await audit.AppendAsync(AuditEvent.By(context.Principal.ToActor(address), AuditAction.SignIn, "user", user.Id, user.Name), http.RequestAborted);

        async Task RefuseAsync(User? who, string reason, string why)
        {
            var name = Short(identity.Name);
            await audit.AppendAsync(AuditEvent.BySystem(name, who?.TenantId, AuditAction.SignIn, "user", who?.Id.ToString() ?? "", name, AuditResult.Refused, reason) with { Address = address }, http.RequestAborted);
            context.HandleResponse();
            http.Response.Redirect($"{SignInRoutes.Refused}?why={why}");
        }
    }

    public override async Task RemoteFailure(RemoteFailureContext context)
    {
        context.HandleResponse();
        var (failure, http) = (context.Failure!, context.HttpContext);
        if (failure is ProviderUnavailableException or HttpRequestException)
        {
            Refuse(http, failure);
            return;
        }

        // The audit log forgets nothing, so what anybody can cause without a provider's word stays out of it.
        if (SignInProgress.Of(http) is { HasToken: true })
        {
            await audit.AppendAsync(
                AuditEvent.BySystem("(unknown)", null, AuditAction.SignIn, "user", "", "(unknown)", AuditResult.Refused, $"The ID token is not to be believed: {Short(failure.Message)}") with { Address = http.Connection.RemoteIpAddress?.ToString() },
                http.RequestAborted);
        }

        Log.Failed(log, Short(failure.Message));
        http.Response.Redirect($"{SignInRoutes.Refused}?why=failed");
    }

    public override Task RedirectToIdentityProviderForSignOut(RedirectContext context)
    {
        context.HandleResponse();
        if (string.IsNullOrEmpty(context.ProtocolMessage.IssuerAddress))
        {
            context.Response.Redirect("/");
            return Task.CompletedTask;
        }

        context.ProtocolMessage.PostLogoutRedirectUri = portal.Value.PublicUrl + "/";
        context.ProtocolMessage.State = null;
        return LeavingPage.To("Signing out", context.ProtocolMessage.CreateLogoutRequestUrl(), "Go on to the sign-in service, which signs you out").ExecuteAsync(context.HttpContext);
    }

    /// <summary>The provider cannot be asked.</summary>
    public void Refuse(HttpContext http, Exception e)
    {
        Log.Failed(log, Short(e.Message));
        http.Response.Redirect($"{SignInRoutes.Refused}?why=provider");
    }

    // A session is as old as the password behind it, unless that was typed before any session of ours could have begun.
    private static DateTimeOffset Since(DateTimeOffset? authenticatedAt, DateTimeOffset now, TimeSpan limit) =>
        authenticatedAt is { } at && at <= now && now - at < limit ? at : now;

    public static string Short(string? text) => string.Concat((text ?? "").Where(c => !char.IsControl(c)).Take(MaxReason));

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Sign-in failed: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
