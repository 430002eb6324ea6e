namespace Sallyport.Portal;

/// <summary>
/// Keeps the two listeners apart when there are two. What plants, gateways and hubs reach (Kestrel's endpoint
/// <c>Link</c>) serves the control link and enrollment and not one page; what browsers reach serves none of that.
/// With one listener, for a portal behind a proxy that does this by itself, everything is served there.
/// </summary>
internal static class LinkPort
{
    private const string EndpointName = "Link";

    public static void AddLinkPort(this WebApplicationBuilder builder) => builder.WebHost.ConfigureKestrel(kestrel =>
        kestrel.ConfigurationLoader?.Endpoint(EndpointName, endpoint => endpoint.ListenOptions.Use(next => connection =>
        {
            connection.Features.Set(Mark.Instance);
            return next(connection);
        })));

    public static void UseLinkPort(this WebApplication app)
    {
        if (!app.Configuration.GetSection($"Kestrel:Endpoints:{EndpointName}").Exists())
        {
            return;
        }

        app.Use((context, next) =>
        {
            var onLink = context.Features.Get<Mark>() is not null;
            if (onLink == (IsUnder("/link") || IsUnder("/enroll")))
            {
                return next(context);
            }

            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;

            bool IsUnder(string path) => context.Request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase);
        });
    }

    /// <summary>What a connection carries that came in on the link's listener.</summary>
    private sealed class Mark
    {
        public static readonly Mark Instance = new();
    }
}
