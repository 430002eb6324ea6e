using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Data;
using Sallyport.Portal.Keys;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>All providers that people sign in at: that of the configuration, and those that admins have added. Follows what any portal changes.</summary>
public sealed partial class SignInProviders(
    PortalDbFactory factory,
    CredentialSeal seal,
    KeyFolder keys,
    IOptions<RelyingPartyOptions> signIn,
    IOptions<PortalOptions> portal,
    IAuthenticationSchemeProvider schemes,
    IOptionsMonitorCache<OpenIdConnectOptions> cache,
    ChangeFeed changes,
    ILogger<SignInProviders> log) : IHostedService, IDisposable
{
    /// <summary>What the change feed is told when one was changed.</summary>
    public static readonly Guid Topic = Guid.Parse("01980000-0000-7000-8000-00006f706964");

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ConcurrentDictionary<string, (SignInProvider Provider, string[] Domains, DateTimeOffset ChangedAt)> _added = new(StringComparer.Ordinal);
    private IDisposable? _subscription;

    public SignInProvider Default { get; } = SignInProvider.Of(signIn.Value, portal.Value, keys);

    public bool HasAdded => !_added.IsEmpty;

    public SignInProvider? Find(string? scheme) => scheme == SignInProvider.Default ? Default : scheme is not null && _added.TryGetValue(scheme, out var added) ? added.Provider : null;

    /// <summary>Whether the database has it still: a removal may not have been heard of here.</summary>
    internal async Task<bool> IsThereAsync(SignInProvider provider, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        return provider == Default || await db.IdentityProviders.AnyAsync(row => SignInProvider.Default + "-" + row.Key == provider.Scheme && row.Authority == provider.Authority, cancellationToken);
    }

    /// <summary>Several with one issuer are one provider's clients.</summary>
    public IEnumerable<SignInProvider> Of(string issuer) => _added.Values.Select(added => added.Provider).Append(Default).Where(provider => provider.IsOf(issuer));

    /// <summary>Where the owner of an e-mail address signs in; null when no company has its domain.</summary>
    internal SignInProvider? AtHome(string email)
    {
        var domain = email[(email.LastIndexOf('@') + 1)..].Trim().ToLowerInvariant();
        return domain.Length == 0 ? null : _added.Values.Where(added => added.Domains.Contains(domain, StringComparer.Ordinal)).Select(added => added.Provider).FirstOrDefault();
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _subscription = changes.Subscribe(Topic, () => _ = FollowAsync());
        await ReloadAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _subscription?.Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _gate.Dispose();

    /// <summary>Reads what there is now.</summary>
    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            await using var db = factory.ForSystem();
            var rows = await db.IdentityProviders.AsNoTracking().ToDictionaryAsync(row => SignInProvider.SchemeOf(row.Key), StringComparer.Ordinal, cancellationToken);
            foreach (var (scheme, known) in _added)
            {
                if (!rows.TryGetValue(scheme, out var row) || row.ChangedAt != known.ChangedAt)
                {
                    schemes.RemoveScheme(scheme);
                    _added.TryRemove(scheme, out _);
                    cache.TryRemove(scheme);
                }
            }

            foreach (var (scheme, row) in rows.Where(row => !_added.ContainsKey(row.Key)))
            {
                Add(scheme, row);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    // One that cannot be used must not keep people from the others: the framework makes every scheme at every request.
    private void Add(string scheme, IdentityProvider row)
    {
        try
        {
            if (ProviderForm.FaultOf(row) is { } fault)
            {
                Log.Unusable(log, row.Key, fault);
                return;
            }

            _added[scheme] = (SignInProvider.Of(row, seal), row.Domains, row.ChangedAt);
            schemes.AddScheme(new AuthenticationScheme(scheme, row.Title, typeof(OpenIdHandler)));
        }
        catch (CryptographicException)
        {
            Log.Unusable(log, row.Key, "Its secret cannot be opened: give it again.");
        }
    }

    private async Task FollowAsync()
    {
        try
        {
            await ReloadAsync(CancellationToken.None);
        }
        catch (Exception e)
        {
            // The database is away: the change feed calls again when it is back.
            Log.NotRead(log, e.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The sign-in provider {Key} cannot be used: {Reason}")]
        public static partial void Unusable(ILogger logger, string key, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The sign-in providers cannot be read, trying again: {Reason}")]
        public static partial void NotRead(ILogger logger, string reason);
    }
}
