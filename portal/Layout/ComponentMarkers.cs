using System.Security.Claims;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.SignalR;
using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Layout;

/// <summary>
/// Binds the sealed component markers in a page (which component to start, with which parameters), and the ids of circuits, to the
/// user whom the page was made for. The framework seals them for anybody who is signed in: without this, a circuit starts the page of
/// another role, or of another organisation, when it is handed the marker from it.
/// </summary>
internal sealed class ComponentMarkers(IDataProtectionProvider inner, IHttpContextAccessor http) : IDataProtectionProvider
{
    // ServerComponentSerializationSettings and CircuitIdFactory in ASP.NET Core; a test fails when they are called otherwise.
    private static readonly string[] BoundPurposes = ["Microsoft.AspNetCore.Components.ComponentDescriptorSerializer,V1", "Microsoft.AspNetCore.Components.Server.CircuitIdFactory,V1"];

    private readonly AsyncLocal<string?> _circuitUser = new();

    public IDataProtector CreateProtector(string purpose)
    {
        var protector = inner.CreateProtector(purpose);
        return BoundPurposes.Contains(purpose, StringComparer.Ordinal) ? new BoundProtector(protector, CurrentUser) : protector;
    }

    // While a circuit's hub is called, its own user; else who sent the request. A circuit outlives the request that began it.
    private string CurrentUser() => _circuitUser.Value ?? Id(http.HttpContext?.User);

    private static string Id(ClaimsPrincipal? user) => user?.FindFirstValue(PortalClaims.UserId) ?? "";

    private sealed class BoundProtector(IDataProtector inner, Func<string> user) : IDataProtector
    {
        public IDataProtector CreateProtector(string purpose) => new BoundProtector(inner.CreateProtector(purpose), user);

        public byte[] Protect(byte[] plaintext) => inner.CreateProtector(user()).Protect(plaintext);

        public byte[] Unprotect(byte[] protectedData) => inner.CreateProtector(user()).Unprotect(protectedData);
    }

    /// <summary>Tells whose circuit it is that sends a marker.</summary>
    internal sealed class Filter(IDataProtectionProvider protection) : IHubFilter
    {
        public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
        {
            ((ComponentMarkers)protection)._circuitUser.Value = Id(invocationContext.Context.User);
            return await next(invocationContext);
        }
    }
}

internal static class ComponentMarkersExtensions
{
    /// <summary>After everything that registers data protection.</summary>
    public static IServiceCollection AddComponentMarkers(this IServiceCollection services)
    {
        var framework = services.Last(service => service.ServiceType == typeof(IDataProtectionProvider));
        services.Remove(framework);
        services.AddSingleton<IDataProtectionProvider>(provider => new ComponentMarkers((IDataProtectionProvider)framework.ImplementationFactory!(provider), provider.GetRequiredService<IHttpContextAccessor>()));
        return services.AddSingleton<ComponentMarkers.Filter>();
    }
}
