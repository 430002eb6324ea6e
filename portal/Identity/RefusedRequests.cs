using Sallyport.Portal.Audit;

namespace Sallyport.Portal.Identity;

/// <summary>Answers a request whose user lost the right to it after it was let in: by the page that says why, or by a plain refusal.</summary>
internal sealed class RefusedRequests(RequestDelegate next, RefusalAudit refusals)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (AccessRefusedException e) when (!context.Response.HasStarted)
        {
            if (context.User.FindFirst(PortalClaims.TenantId) is not null)
            {
                await refusals.ActAsync(context.User.ToActor(context.Connection.RemoteIpAddress?.ToString()), context.Request.Path, e.Message, context.RequestAborted);
            }

            if (HttpMethods.IsGet(context.Request.Method))
            {
                context.Response.Redirect(e.Address);
            }
            else
            {
                context.Response.StatusCode = StatusCodes.Status403Forbidden;
            }
        }
    }
}
