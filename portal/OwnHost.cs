using Microsoft.Extensions.Options;
using Sallyport.Hosting;
using Sallyport.Portal.Audit;

namespace Sallyport.Portal;

/// <summary>
/// Answers browsers at <see cref="PortalOptions.PublicUrl"/> and at no other name. So no redirect leads to a name that a stranger
/// wrote into Host, and a page that had its own name lead here (DNS rebinding) gets nothing. What machines ask, by tokens and
/// without cookies, is answered by whatever address they have for it.
/// </summary>
internal static class OwnHost
{
    private static readonly PathString[] ForMachines = ["/link", "/enroll", HealthEndpoints.Base];

    public static void UseOwnHost(this WebApplication app)
    {
        var origin = app.Services.GetRequiredService<IOptions<PortalOptions>>().Value.Origin;
        var own = new HostString(new Uri(origin).Authority);
        var refusals = app.Services.GetRequiredService<RefusalAudit>();
        app.Use(async (context, next) =>
        {
            var request = context.Request;
            if (string.Equals(request.Host.Value, own.Value, StringComparison.OrdinalIgnoreCase)
                || IsDefaultPort(request.Host, own, origin)
                || ForMachines.Any(path => request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase)))
            {
                await next(context);
                return;
            }

            await refusals.RequestAsync(context, "Sent to another host name than the portal's.");

            // RFC 9110, section 15.5.20.
            context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync($"This portal is at {origin} and answers to no other name.\n", context.RequestAborted);
        });
    }

    // Some proxies write the scheme's own port, which browsers leave out.
    private static bool IsDefaultPort(HostString host, HostString own, string origin) =>
        own.Port is null && host.Port == new Uri(origin).Port && string.Equals(host.Host, own.Host, StringComparison.OrdinalIgnoreCase);
}
