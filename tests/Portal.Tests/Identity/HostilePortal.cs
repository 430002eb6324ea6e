using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>A portal whose company provider is a <see cref="HostileProvider"/>.</summary>
public sealed class HostilePortal(PostgresCluster cluster) : IAsyncLifetime
{
    public ShiftedTime Time { get; } = new();

    internal HostileProvider Provider { get; private set; } = null!;

    internal PortalInstance Portal { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Provider = await HostileProvider.StartAsync(Time);
        Portal = await PortalInstance.StartAsync(
            cluster,
            new()
            {
                ["SignIn:Authority"] = Provider.Url,
                ["SignIn:ClientId"] = HostileProvider.ClientId,
                ["SignIn:TenantId"] = PortalInstance.Tenant.ToString(),
                ["SignIn:Roles:technicians"] = nameof(Role.Technician),
                ["SignIn:Roles:admins"] = nameof(Role.Admin),
                ["SignIn:AttemptsPerMinute"] = "100000",
            },
            builder => builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Time)));
    }

    public async Task DisposeAsync()
    {
        await Portal.DisposeAsync();
        await Provider.DisposeAsync();
    }

    /// <summary>The provider behaves, and the portal remembers nothing of it.</summary>
    public void Forget()
    {
        Provider.Behave();
        Time.Ahead += TimeSpan.FromHours(13);
    }

    /// <summary>Where a sign-in of a new browser ends, and whether it is signed in then.</summary>
    public async Task<(string End, bool SignedIn)> SignInAsync(string returnUrl = "/?here")
    {
        using var browser = Portal.NewBrowser();
        var end = await browser.OpenAsync($"/sign-in?returnUrl={Uri.EscapeDataString(returnUrl)}");
        Assert.True((int)end.StatusCode < 500, $"{end.RequestMessage!.RequestUri} answered {(int)end.StatusCode}: {string.Join('\n', Portal.Log.TakeLast(5))}");
        using var home = await browser.Http.GetAsync("/");
        return (end.RequestMessage!.RequestUri!.PathAndQuery, home.IsSuccessStatusCode);
    }
}
