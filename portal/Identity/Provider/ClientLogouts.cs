using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity.SignIn;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>
/// Tells applications that a sign-in which they have a code of has ended (OpenID Connect Back-Channel Logout 1.0). Whom to tell stands in the
/// row of the sign-in until they have heard, so that it is done whichever portal ended it, and whichever stops meanwhile.
/// </summary>
internal sealed partial class ClientLogouts(
    PortalDbFactory factory,
    IOptions<ProviderOptions> provider,
    IOptions<PortalOptions> portal,
    IOptionsMonitor<OpenIddictServerOptions> server,
    IHttpClientFactory http,
    ILogger<ClientLogouts> log,
    TimeProvider time) : PeriodicService(Interval, time)
{
    public const string HttpClientName = "openid-client-logout";

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(10);

    /// <summary>How long it is tried, at intervals that double.</summary>
    public static readonly TimeSpan GivenUpAfter = TimeSpan.FromMinutes(10);

    private const int MaxAtOnce = 100;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(2);

    /// <summary>Section 4: two minutes at most.</summary>
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromMinutes(2);

    private int _underWay;

    /// <summary>The application gets a code of this sign-in, and is to hear of its end if it wants to.</summary>
    public async Task PromiseAsync(string clientId, Guid signInId, CancellationToken cancellationToken)
    {
        if (AddressOf(clientId) is not null)
        {
            await using var db = factory.ForSystem();
            await db.Database.ExecuteSqlAsync($"update provider_sign_ins set informs = array_append(informs, {clientId}) where id = {signInId} and ended_at is null and not {clientId} = any(informs)", cancellationToken);
        }
    }

    protected override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = Time.GetUtcNow();
        await using var db = factory.ForSystem();
        foreach (var signIn in await db.ProviderSignIns.AsNoTracking().Where(s => s.InformAt <= now).OrderBy(s => s.InformAt).Take(MaxAtOnce - _underWay).ToListAsync(cancellationToken))
        {
            // Of several portals one tells. It waits longer each time: as long as it was in vain so far.
            var (seen, elapsed) = (signIn.InformAt, now - signIn.EndedAt!.Value);
            DateTimeOffset? next = now + (elapsed > FirstRetry ? elapsed : FirstRetry);
            if (await db.ProviderSignIns.Where(s => s.Id == signIn.Id && s.InformAt == seen).ExecuteUpdateAsync(s => s.SetProperty(x => x.InformAt, next), cancellationToken) > 0)
            {
                Interlocked.Increment(ref _underWay);

                // Not waited for: an application that is away must not keep others from hearing.
                _ = InformAllAsync(signIn, elapsed > GivenUpAfter, cancellationToken);
            }
        }
    }

    protected override void LogFailure(Exception exception) => Log.NotRead(log, exception.Message);

    private async Task InformAllAsync(ProviderSignIn signIn, bool isLast, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(signIn.Informs.Select(async clientId =>
            {
                if (await InformAsync(clientId, signIn, cancellationToken) || isLast)
                {
                    await using var db = factory.ForSystem();
                    await db.Database.ExecuteSqlAsync($"update provider_sign_ins set informs = array_remove(informs, {clientId}), inform_at = case when informs = array[{clientId}] then null else inform_at end where id = {signIn.Id}", cancellationToken);
                }
            }));
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Log.NotRead(log, e.Message);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    /// <returns>Whether it has heard, or says that it does not want to.</returns>
    private async Task<bool> InformAsync(string clientId, ProviderSignIn signIn, CancellationToken cancellationToken)
    {
        if (AddressOf(clientId) is not { } address)
        {
            return true;
        }

        try
        {
            using var client = http.CreateClient(HttpClientName);
            using var form = new FormUrlEncodedContent([new("logout_token", Token(clientId, signIn))]);
            using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = form };
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (answer.IsSuccessStatusCode)
            {
                return true;
            }

            // Section 2.8: 400 is its word that the token is not to be believed, and the next will not be better.
            Log.Refused(log, clientId, $"it answered {(int)answer.StatusCode}");
            return answer.StatusCode == System.Net.HttpStatusCode.BadRequest;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            Log.Refused(log, clientId, e.Message);
            return false;
        }
    }

    private string? AddressOf(string clientId) => provider.Value.Clients.FirstOrDefault(client => client.Id == clientId)?.BackChannelLogoutUri;

    // Section 2.4.
    private string Token(string clientId, ProviderSignIn signIn)
    {
        var now = Time.GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            TokenType = "logout+jwt",
            Issuer = portal.Value.PublicUrl + ProviderRoutes.Base,
            Audience = clientId,
            IssuedAt = now,
            Expires = now + TokenLifetime,
            SigningCredentials = server.CurrentValue.SigningCredentials[0],
            Claims = new Dictionary<string, object>
            {
                ["sub"] = signIn.AccountId.ToString(),
                [ProviderClaims.SignIn] = signIn.Id.ToString(),
                ["jti"] = Guid.NewGuid().ToString(),
                ["events"] = new Dictionary<string, object> { [LogoutTokens.Event] = JsonElement.Parse("{}") },
            },
        });
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The application {ClientId} has not heard that somebody is signed out: {Reason}")]
        public static partial void Refused(ILogger logger, string clientId, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Which applications are to hear that somebody is signed out cannot be read or written, trying again: {Reason}")]
        public static partial void NotRead(ILogger logger, string reason);
    }
}
