using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Sallyport.Portal;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Identity.SignIn;

namespace Sallyport.Components.Tests.Support;

/// <summary>
/// Pages and components as their circuit renders them, on the services of a real portal. Time stands still for the page, and nothing tells it of
/// changes, unless a test asks for that: so nothing is rendered anew while a test looks for a button.
/// </summary>
[Collection(SharedPlantCollection.Name)]
public abstract class PageTest : BunitContext, IAsyncLifetime
{
    private readonly SignedIn _signedIn = new();
    private readonly AsyncServiceScope _request;

    static PageTest() => DefaultWaitTimeout = TimeSpan.FromSeconds(15);

    /// <param name="add">Further services.</param>
    protected PageTest(SharedPlant shared, Action<IServiceCollection>? add = null)
    {
        World = shared.World;
        var portal = World.Portal.Services;
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddFallbackServiceProvider(portal);
        Services.AddSingleton<AuthenticationStateProvider>(_signedIn);
        Services.AddSingleton(portal.GetRequiredService<IAuthorizationService>());
        Services.AddSingleton(portal.GetRequiredService<IAuthorizationPolicyProvider>());
        Services.AddScoped(provider => new Acts(
            _signedIn, portal.GetRequiredService<IHttpContextAccessor>(), portal.GetRequiredService<PortalDbFactory>(), portal.GetRequiredService<RefusalAudit>(), provider.GetRequiredService<NavigationManager>()));
        Services.AddSingleton<TimeProvider>(Time);

        // bUnit has options of its own, which know no settings.
        Services.AddSingleton(portal.GetRequiredService<IOptions<PortalOptions>>());
        Services.AddSingleton(portal.GetRequiredService<IOptions<RelyingPartyOptions>>());
        Services.AddSingleton(_ => Feed ?? new ChangeFeed(portal.GetRequiredService<NpgsqlDataSource>(), NullLogger<ChangeFeed>.Instance, Time));
        RenderTree.Add<CascadingAuthenticationState>();
        RenderTree.Add<CascadingValue<HttpContext>>(http => http.Add(value => value.Value, Http));

        // A request's own: what authenticates it keeps the first request that it sees.
        _request = portal.CreateAsyncScope();
        Http.RequestServices = _request.ServiceProvider;
        add?.Invoke(Services);

        // Nothing can be added once the renderer is there.
        SetRendererInfo(new RendererInfo("Server", isInteractive: true));
    }

    protected PlantWorld World { get; }

    /// <summary>The page's: a little ahead, so that what a test has just made is in force.</summary>
    protected FakeTimeProvider Time { get; } = new(DateTimeOffset.UtcNow.AddSeconds(10));

    /// <summary>Set before the page is opened: where it hears of changes.</summary>
    protected ChangeFeed? Feed { get; set; }

    /// <summary>Of static pages, which have a request.</summary>
    protected HttpContext Http { get; } = new DefaultHttpContext();

    /// <summary>Where the page has sent its browser, the last first; null: nowhere.</summary>
    protected string? WentTo => ((Bunit.TestDoubles.BunitNavigationManager)Navigation).History.FirstOrDefault()?.Uri;

    protected NavigationManager Navigation => Services.GetRequiredService<NavigationManager>();

    Task IAsyncLifetime.InitializeAsync() => Task.CompletedTask;

    async Task IAsyncLifetime.DisposeAsync()
    {
        await DisposeAsync();
        await _request.DisposeAsync();
    }

    /// <summary>A new user with these roles looks at what is rendered next.</summary>
    protected async Task<TestUser> SignInAsync(params Role[] roles)
    {
        var user = await World.Portal.AddUserAsync(roles);
        await SignInAsync(user);
        return user;
    }

    /// <summary>The same, of a company that has nothing yet.</summary>
    protected async Task<TestUser> SignInStrangerAsync(params Role[] roles)
    {
        var user = await World.Portal.AddStrangerAsync(roles);
        await SignInAsync(user);
        return user;
    }

    protected async Task<PortalSignIn> SignInAsync(TestUser user)
    {
        var signIn = await World.Get<SignIns>().BeginAsync(user.User, DateTimeOffset.UtcNow, null, "192.0.2.7", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", CancellationToken.None);
        _signedIn.Become(PortalCookie.Principal(user.User, signIn));
        Http.User = PortalCookie.Principal(user.User, signIn);
        return signIn;
    }

    /// <summary>Who looks is not known yet, and so nothing is read: what a page shows while it waits.</summary>
    protected void KeepWaiting() => _signedIn.KeepWaiting();

    protected async Task<TestUser> ExistingAsync(Actor actor)
    {
        await using var db = World.Get<PortalDbFactory>().ForSystem();
        return new TestUser((await db.People.FindAsync(actor.UserId))!, "", "");
    }

    private sealed class SignedIn : AuthenticationStateProvider
    {
        private Task<AuthenticationState> _state = Task.FromResult(new AuthenticationState(new ClaimsPrincipal(new ClaimsIdentity())));

        public void Become(ClaimsPrincipal user) => _state = Task.FromResult(new AuthenticationState(user));

        public void KeepWaiting() => _state = new TaskCompletionSource<AuthenticationState>().Task;

        public override Task<AuthenticationState> GetAuthenticationStateAsync() => _state;
    }
}
