using Microsoft.AspNetCore;
using OpenIddict.Server;
using Sallyport.Portal.Audit;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>A client that asks for what it has no right to leaves an entry in the audit log.</summary>
internal sealed class ProviderRefusals(RefusalAudit refusals) : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>, IOpenIddictServerHandler<ApplyPushedAuthorizationResponseContext>, IOpenIddictServerHandler<ApplyTokenResponseContext>
{
    /// <summary>What is told to the client, at an address of its own, is between it and its user.</summary>
    public ValueTask HandleAsync(ApplyAuthorizationResponseContext context) =>
        context.Error is not null && string.IsNullOrEmpty(context.RedirectUri) ? AuditAsync(context, context.Request?.ClientId) : ValueTask.CompletedTask;

    public ValueTask HandleAsync(ApplyPushedAuthorizationResponseContext context) => context.Error is not null ? AuditAsync(context, context.Request?.ClientId) : ValueTask.CompletedTask;

    public ValueTask HandleAsync(ApplyTokenResponseContext context) => context.Error is not null ? AuditAsync(context, context.Request?.ClientId) : ValueTask.CompletedTask;

    private async ValueTask AuditAsync(BaseRequestContext context, string? clientId)
    {
        if (context.Transaction.GetHttpRequest() is { } request)
        {
            await refusals.ClientAsync(request.HttpContext, clientId, $"{context.Transaction.Response?.Error}: {context.Transaction.Response?.ErrorDescription}");
        }
    }
}
