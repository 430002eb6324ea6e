using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using Sallyport.Portal.Audit;

namespace Sallyport.Portal.Identity;

/// <summary>While there is no user, the log holds a one-time code with which the first admin is made; after that, never again.</summary>
internal sealed partial class FirstRun(UserDirectory users, ILogger<FirstRun> log) : BackgroundService
{
    public const string Route = "/first-run";

    private readonly SemaphoreSlim _gate = new(1, 1);
    private string? _code;

    public Task<bool> IsOpenAsync(CancellationToken cancellationToken) => _code is null ? Task.FromResult(false) : ClosedWhenUsedAsync(cancellationToken);

    public async Task<string?> CreateAdminAsync(string code, string organisation, string name, string userName, string password, string? address, AuditLog audit, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (!await IsOpenAsync(cancellationToken))
            {
                return "The first admin exists already. Sign in.";
            }

            if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(code.Trim()), Encoding.UTF8.GetBytes(_code!)))
            {
                return "This is not the code from the log. Look for “first-run code” in the portal's log.";
            }

            if (organisation.Trim() is not { Length: > 0 and <= 100 } tenantName)
            {
                return "Give your organisation's name.";
            }

            var tenant = await users.TenantAsync(tenantName, cancellationToken);
            var result = await users.CreateAsync(tenant.Id, name, userName, password, [Role.Admin], cancellationToken);
            if (result.User is not { } admin)
            {
                return result.Error;
            }

            _code = null;
            await audit.AppendAsync(AuditEvent.BySystem(admin.Name, tenant.Id, AuditAction.FirstAdmin, "user", admin.Id.ToString(), admin.Name) with { Address = address }, cancellationToken);
            return null;
        }
        finally
        {
            _gate.Release();
        }
    }

    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapPost(Route, async (
        HttpContext http,
        FirstRun firstRun,
        AuditLog audit,
        [FromForm] string code,
        [FromForm] string organisation,
        [FromForm] string name,
        [FromForm] string userName,
        [FromForm] string password) =>
    {
        var error = await firstRun.CreateAdminAsync(code, organisation, name, userName, password, http.Connection.RemoteIpAddress?.ToString(), audit, http.RequestAborted);
        return Results.LocalRedirect(error is null ? "/" : $"{Route}?error={Uri.EscapeDataString(error)}");
    }).AllowAnonymous().RequireRateLimiting(IdentityFeature.SignInLimit);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!await users.AnyAsync(stoppingToken))
        {
            _code = UserDirectory.NewPassword();
            Log.Code(log, _code);
        }
    }

    private async Task<bool> ClosedWhenUsedAsync(CancellationToken cancellationToken)
    {
        if (await users.AnyAsync(cancellationToken))
        {
            _code = null;
        }

        return _code is not null;
    }

    private static partial class Log
    {
        // The one secret that a log may hold: it dies with its first use, and is how the machine's owner proves to be one.
        [LoggerMessage(Level = LogLevel.Warning, Message = "There is no user yet. Make the first admin at /first-run; first-run code: {Code}")]
        public static partial void Code(ILogger logger, string code);
    }
}
