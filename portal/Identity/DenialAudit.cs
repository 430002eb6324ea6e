using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Gateways;

namespace Sallyport.Portal.Identity;

/// <summary>A signed-in user who asks for what their role has no part in leaves an entry in the audit log.</summary>
internal sealed class DenialAudit(RefusalAudit refusals, RepeatedEntries repeated) : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler _next = new();

    public async Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Forbidden && context.GetEndpoint() is null)
        {
            // A mistyped address is denied to everybody, as what names no policy is; to who is signed in it is just not there.
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (authorizeResult.Forbidden && context.User.FindFirst(PortalClaims.TenantId) is not null)
        {
            var actor = context.User.ToActor(context.Connection.RemoteIpAddress?.ToString());
            await refusals.ActAsync(actor, context.Request.Path, "Not part of the user's roles.", context.RequestAborted);
        }

        if (authorizeResult.Forbidden && context.User.FindFirst("component_kind") is { Value: var kind })
        {
            var (id, path, address) = (context.User.ComponentId().ToString(), context.Request.Path.Value ?? "", context.Connection.RemoteIpAddress?.ToString());
            var reason = $"A {kind.ToLowerInvariant()} has no part in {path}.";
            await repeated.AppendAsync($"component {id} {path}", AuditEvent.BySystem(kind.ToLowerInvariant(), null, AuditAction.ComponentRefused, kind.ToLowerInvariant(), id, kind.ToLowerInvariant(), AuditResult.Refused, reason) with { Address = address }, context.RequestAborted);
        }

        await _next.HandleAsync(next, context, policy, authorizeResult);
    }
}
