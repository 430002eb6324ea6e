using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Plants;

namespace Sallyport.Portal.Tests.Support;

/// <summary>
/// The real portal in this process, on a loopback port of its own and a database of its own, with one tenant. As a
/// class fixture it is one portal for the class, derived from where the class wants other settings or parts.
/// </summary>
public class PortalInstance(PostgresCluster cluster) : IAsyncLifetime, IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sallyport-portal-");
    private readonly LogLines _log = new();
    private Dictionary<string, string> _settings = [];
    private WebApplication? _app;
    private int _users;

    /// <summary>Where browsers reach it; no slash at the end.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Where it listens: <see cref="Url"/>, unless a load balancer stands there.</summary>
    public Uri Listener { get; private set; } = null!;

    public TestDatabase Database { get; private set; } = null!;

    /// <summary>The same in every portal, so that settings can name it; each has a database of its own.</summary>
    public static readonly Guid Tenant = Guid.Parse("01980000-0000-7000-8000-000000000001");

    public Guid TenantId { get; } = Tenant;

    public WebApplication App => _app!;

    public IServiceProvider Services => App.Services;

    /// <summary>What it logged so far.</summary>
    public IReadOnlyCollection<string> Log => _log.Lines;

    protected Dictionary<string, string> Settings { get; init; } = [];

    protected Action<WebApplicationBuilder>? Configure { get; set; }

    /// <summary>The portal with which this one shares database, folders and public address, as behind one load balancer.</summary>
    private PortalInstance? Beside { get; init; }

    public static Task<PortalInstance> StartAsync(PostgresCluster cluster, Dictionary<string, string>? settings = null, Action<WebApplicationBuilder>? configure = null) =>
        StartAsync(new PortalInstance(cluster) { Settings = settings ?? [], Configure = configure });

    /// <summary>One more portal of the same installation.</summary>
    public Task<PortalInstance> StartSecondAsync() => StartAsync(new PortalInstance(cluster) { Settings = Settings, Configure = Configure, Beside = this });

    private static async Task<PortalInstance> StartAsync(PortalInstance portal)
    {
        try
        {
            await portal.InitializeAsync();
            return portal;
        }
        catch
        {
            await portal.DisposeAsync();
            throw;
        }
    }

    public async Task InitializeAsync()
    {
        Database = Beside?.Database ?? await cluster.CreateDatabaseAsync();

        // Bound here and handed to Kestrel, so that the port is known before the portal is built, and nobody takes it meanwhile.
        var socket = Listen();
        Listener = new Uri($"http://{socket.LocalEndPoint}");
        Url = Beside?.Url ?? Listener.GetLeftPart(UriPartial.Authority);
        var folder = (Beside ?? this)._folder.FullName;

        _settings = new()
        {
            // Its static files are found by the program's name, which in a test run is another.
            ["applicationName"] = "Sallyport.Portal",
            ["Kestrel:Endpoints:Public:Url"] = Listener.GetLeftPart(UriPartial.Authority),
            ["Portal:PublicUrl"] = Url,
            ["Portal:Database"] = Database.Portal,
            ["Portal:KeyFolder"] = Path.Combine(folder, "keys"),
            ["Portal:RecordingStore"] = Path.Combine(folder, "recordings"),
            ["Video:Folder"] = Path.Combine(folder, "videos"),
        };
        _app = PortalHost.Build([.. _settings.Concat(Settings).Select(setting => $"--{setting.Key}={setting.Value}")], builder =>
        {
            builder.Services.Configure<SocketTransportOptions>(options => options.CreateBoundListenSocket = endpoint =>
                endpoint.Equals(socket.LocalEndPoint) ? socket : SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint));
            builder.Logging.ClearProviders().AddProvider(_log);
            Configure?.Invoke(builder);
        });
        await _app.StartAsync();
        if (Beside is not null)
        {
            return;
        }

        await using var db = Services.GetRequiredService<PortalDbFactory>().ForSystem();
        db.Add(new Tenant { Id = Tenant, Name = "Test company", CreatedAt = DateTimeOffset.UtcNow });
        await db.SaveChangesAsync();
    }

    /// <summary>A new user of the tenant, with an account at the embedded provider.</summary>
    public Task<TestUser> AddUserAsync(params Role[] roles) => AddUserAsync(TenantId, roles);

    private async Task<TestUser> AddUserAsync(Guid tenantId, Role[] roles)
    {
        var userName = $"user{Interlocked.Increment(ref _users)}";
        var password = UserDirectory.NewPassword();
        var result = await Services.GetRequiredService<UserDirectory>().CreateAsync(tenantId, $"Name of {userName}", userName, password, roles, CancellationToken.None);
        return new TestUser(result.User ?? throw new InvalidOperationException(result.Error), userName, password);
    }

    /// <summary>A browser with no cookies yet.</summary>
    public PortalBrowser NewBrowser() => new(new Uri(Url));

    /// <summary>A browser in which a new user with these roles is signed in.</summary>
    public async Task<PortalBrowser> SignedInAsync(params Role[] roles)
    {
        var browser = NewBrowser();
        await browser.SignInAsync(await AddUserAsync(roles));
        return browser;
    }

    /// <summary>A browser in which somebody of another company is signed in, with these roles there.</summary>
    public async Task<PortalBrowser> StrangerAsync(params Role[] roles)
    {
        var browser = NewBrowser();
        await browser.SignInAsync(await AddStrangerAsync(roles));
        return browser;
    }

    /// <summary>A new user of another company.</summary>
    public async Task<TestUser> AddStrangerAsync(params Role[] roles) =>
        await AddUserAsync((await Services.GetRequiredService<UserDirectory>().TenantAsync("Another company", CancellationToken.None)).Id, roles);

    /// <summary>Runs the portal's program with its settings, and a command, as an administrator does beside the running portal.</summary>
    public async Task<(int Exit, string Output, string Error)> RunAsync(params string[] command)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "Sallyport.Portal.dll"), .. command]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in _settings.Concat(Settings))
        {
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await error);
    }

    /// <summary>A number that the database knows.</summary>
    public async Task<long> CountAsync(string sql)
    {
        await using var command = Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private sealed class LogLines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}

/// <summary>A user as the portal knows them, and what they type to sign in.</summary>
public sealed record TestUser(User User, string UserName, string Password)
{
    public Actor Actor => new(User.Id, User.Name, User.TenantId, User.Roles.ToHashSet(), "192.0.2.7");
}
