using System.Diagnostics;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Identity.SignIn;
using Sallyport.Portal.Sessions;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Sessions;

/// <summary>Sessions and watches end with the sign-in that they were begun by.</summary>
[Collection(PostgresCollection.Name)]
public sealed class SignedInTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    [Fact]
    public async Task Signing_out_ends_the_sessions_that_were_begun_by_that_sign_in_and_no_others()
    {
        var technician = await world.PersonAsync(Role.Technician);
        var (here, there) = (await SignedInAsync(technician), await SignedInAsync(technician));
        var (panel, mixer) = (await ActiveAsync(here), await ActiveAsync(there));

        await SignOutAsync(here);

        var ended = await world.EndedAsync(panel.Id);
        Assert.Equal((SessionEndReason.SignedOut, "You signed out of the portal."), (ended.EndReason, ended.EndMessage));
        await world.Gateway.EventAsync<EndSession>(GatewayEvent.EndSession, e => e.SessionId == panel.Id && e.Reason == SessionEndReason.SignedOut);
        await world.PathClosedAsync(panel.Id);
        Assert.Equal(SessionState.Active, (await world.SessionAsync(mixer.Id)).State);

        await SignOutAsync(there);
        await world.EndedAsync(mixer.Id);
    }

    [Theory]
    [InlineData(SignInEnd.Disabled, SessionEndReason.Revoked)]
    [InlineData(SignInEnd.RoleLost, SessionEndReason.Revoked)]
    [InlineData(SignInEnd.PasswordChanged, SessionEndReason.SignedOut)]
    [InlineData(SignInEnd.SignedOutByAdmin, SessionEndReason.SignedOut)]
    [InlineData(SignInEnd.SignedOutAtProvider, SessionEndReason.SignedOut)]
    public async Task What_ends_every_sign_in_ends_every_session(SignInEnd why, SessionEndReason reason)
    {
        var technician = await world.PersonAsync(Role.Technician);
        var (here, there) = (await SignedInAsync(technician), await SignedInAsync(technician));
        var sessions = new[] { await ActiveAsync(here), await ActiveAsync(there) };

        switch (why)
        {
            case SignInEnd.Disabled:
                Assert.Null((await world.Get<UserDirectory>().SetDisabledAsync(world.Admin, technician.UserId, true, "Left the company", default)).Error);
                break;
            case SignInEnd.RoleLost:
                Assert.Null((await world.Get<UserDirectory>().SetRolesAsync(world.Admin, technician.UserId, [Role.Operator], default)).Error);
                break;
            case SignInEnd.PasswordChanged:
                Assert.Null((await world.Get<Passwords>().ReplaceAsync(world.Admin, technician.UserId, default)).Error);
                break;
            case SignInEnd.SignedOutAtProvider:
                var person = (await world.Get<UserDirectory>().ListAsync(world.Admin, default)).Single(u => u.Id == technician.UserId);
                await world.Get<ProviderLogouts>().EndAsync(new LogoutToken(person.Issuer, person.Subject, null));
                break;
            default:
                Assert.Null(await world.Get<UserSignIns>().EndAllAsync(world.Admin, technician.UserId, default));
                break;
        }

        foreach (var session in sessions)
        {
            Assert.Equal(reason, (await world.EndedAsync(session.Id)).EndReason);
        }
    }

    [Fact]
    public async Task A_provider_that_is_removed_takes_everybody_of_its_issuer_along_within_five_seconds_with_what_runs_for_them()
    {
        const int crowd = 200;
        const string authority = "https://login.leaving.example";
        var providers = world.Get<IdentityProviders>();
        Assert.Null(await providers.SaveAsync(world.Admin, new ProviderForm { Key = "leaving", Title = "Leaving", Authority = authority, ClientId = "sallyport", IsPublic = true, TenantId = world.Portal.TenantId, Roles = "a = Technician" }, default));
        var row = Assert.Single((await providers.ListAsync(world.Admin, default))!, provider => provider.Key == "leaving");
        var people = Enumerable.Range(0, crowd).Select(i => new User { TenantId = world.Portal.TenantId, Issuer = authority, Subject = $"subject {i}", Name = $"Leaving {i}", Roles = [Role.Technician], CreatedAt = world.Time.GetUtcNow() }).ToList();
        await using (var db = world.Get<PortalDbFactory>().ForSystem())
        {
            db.AddRange(people);
            db.AddRange(people.Select(user => new PortalSignIn { TenantId = user.TenantId, UserId = user.Id, Since = world.Time.GetUtcNow(), LastSeenAt = world.Time.GetUtcNow() }));
            await db.SaveChangesAsync();
        }

        var working = await SignedInAsync(new Actor(people[crowd / 2].Id, people[crowd / 2].Name, world.Portal.TenantId, new HashSet<Role> { Role.Technician }, "192.0.2.7"));
        var (session, other) = (await ActiveAsync(working), await ActiveAsync(await SignedInAsync(await world.PersonAsync(Role.Technician))));
        Assert.Equal(crowd, (await providers.SignedInAsync(world.Admin, default))[row.Id]);
        var began = Stopwatch.GetTimestamp();

        Assert.Null(await providers.RemoveAsync(world.Admin, row.Id, default));

        var ended = await world.EndedAsync(session.Id);
        await world.PathClosedAsync(session.Id);
        Assert.Equal(0, await world.Portal.CountAsync($"select count(*) from sign_ins s join people u on s.user_id = u.id where u.issuer = '{authority}' and s.ended_at is null"));
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal((SessionEndReason.SignedOut, "An admin removed your company's sign-in service from the portal."), (ended.EndReason, ended.EndMessage));
        await world.Gateway.EventAsync<EndSession>(GatewayEvent.EndSession, e => e.SessionId == session.Id);
        Assert.Equal(SessionState.Active, (await world.SessionAsync(other.Id)).State);
        Assert.Equal(1, await world.Portal.CountAsync($"select count(*) from audit.entries where action = 'provider.remove' and subject_id = '{row.Id}' and body::jsonb -> 'detail' ->> 'signedOut' = '{crowd}'"));
        Assert.Equal(crowd + 1, await world.Portal.CountAsync("select count(*) from audit.entries where action = 'sign-in.end' and body::jsonb ->> 'reason' = 'The company''s provider was removed.'"));
    }

    [Fact]
    public async Task The_twelve_hour_limit_ends_a_session_whose_grant_lasts_longer()
    {
        // Signed in long ago: the password was typed then.
        var technician = await SignedInAsync(await world.PersonAsync(Role.Technician), ago: TimeSpan.FromHours(12) - TimeSpan.FromSeconds(8));
        var session = await ActiveAsync(technician);

        var ended = await world.EndedAsync(session.Id);

        Assert.Equal((SessionEndReason.SignedOut, "You had been signed in for 12 hours, which is the longest. Sign in again."), (ended.EndReason, ended.EndMessage));
    }

    [Fact]
    public async Task Who_signs_in_again_in_the_same_browser_keeps_the_session_and_ends_it_with_the_new_sign_in()
    {
        var technician = await SignedInAsync(await world.PersonAsync(Role.Technician));
        var session = await ActiveAsync(technician);
        var again = await SignedInAsync(technician);
        await using var db = world.Get<PortalDbFactory>().ForSystem();
        var newer = await db.SignIns.FindAsync(again.SignInId);

        await world.Get<SignIns>().ReplaceAsync(technician.UserId, technician.SignInId!.Value, newer!, default);
        Assert.Equal(SessionState.Active, (await world.SessionAsync(session.Id)).State);

        await SignOutAsync(again);
        Assert.Equal(SessionEndReason.SignedOut, (await world.EndedAsync(session.Id)).EndReason);
    }

    [Theory]
    [InlineData(SignInEnd.Disabled)]
    [InlineData(SignInEnd.SignedOut)]
    public async Task A_watcher_whose_sign_in_ends_stops_watching_and_the_session_goes_on(SignInEnd why)
    {
        var (_, session) = await world.ActiveAsync((await world.NewAssetAsync()).Service);
        var reviewer = await SignedInAsync(await world.PersonAsync(Role.Compliance));
        var watch = await WatchAsync(reviewer, session);
        var unused = PlantWorld.Value(await world.Get<Watching>().IssueTicketAsync(reviewer, session.Id, default));

        if (why == SignInEnd.Disabled)
        {
            Assert.Null((await world.Get<UserDirectory>().SetDisabledAsync(world.Admin, reviewer.UserId, true, "Left the company", default)).Error);
        }
        else
        {
            await SignOutAsync(reviewer);
        }

        var order = await world.Gateway.EventAsync<EndWatch>(GatewayEvent.EndWatch, e => e.WatchId == watch);
        Assert.Equal(session.Id, order.SessionId);
        Assert.Equal(SessionState.Active, (await world.SessionAsync(session.Id)).State);
        Assert.Single(await world.AuditAsync(AuditAction.WatchEnded, session.Id));

        // Nor is a ticket good that was not used yet.
        Assert.Null(await RedeemWatchAsync(unused.Ticket));
    }

    [Fact]
    public async Task A_gateway_that_was_away_hears_of_ended_watches_when_it_is_back()
    {
        var (_, session) = await world.ActiveAsync((await world.NewAssetAsync()).Service);
        var (gone, stays) = (await SignedInAsync(await world.PersonAsync(Role.Compliance)), await SignedInAsync(await world.PersonAsync(Role.Compliance)));
        var (ended, lasting) = (await WatchAsync(gone, session), await WatchAsync(stays, session));
        await world.Gateway.DisconnectAsync();
        await SignOutAsync(gone);

        await world.Gateway.ReconnectAsync();
        var answer = await world.Gateway.Client.AskAsync<RunningSessions, SessionsToEnd>(GatewayRoutes.Sync, new RunningSessions([session.Id], null, [ended, lasting]), CancellationToken.None);

        Assert.Equal(ended, Assert.Single(answer.Answer!.EndWatches!).WatchId);
    }

    [Fact]
    public async Task A_session_depends_on_another_sign_in_only_once_that_has_taken_it_over()
    {
        var technician = await world.PersonAsync(Role.Technician);
        var (desk, tablet) = (await SignedInAsync(technician), await SignedInAsync(technician));
        var (asked, taken) = (await ActiveAsync(desk), await ActiveAsync(desk));

        PlantWorld.Value(await world.Get<TakeOvers>().IssueTicketAsync(tablet, asked.Id, default));
        Assert.NotNull(await RedeemTakeOverAsync(PlantWorld.Value(await world.Get<TakeOvers>().IssueTicketAsync(tablet, taken.Id, default)).Ticket));
        await SignOutAsync(desk);

        await world.EndedAsync(asked.Id);
        Assert.Equal(SessionState.Active, (await world.SessionAsync(taken.Id)).State);
        await SignOutAsync(tablet);
        await world.EndedAsync(taken.Id);
    }

    [Fact]
    public async Task A_sign_in_that_has_ended_meanwhile_takes_no_session_over()
    {
        var technician = await world.PersonAsync(Role.Technician);
        var (desk, tablet) = (await SignedInAsync(technician), await SignedInAsync(technician));
        var session = await ActiveAsync(desk);
        var ticket = PlantWorld.Value(await world.Get<TakeOvers>().IssueTicketAsync(tablet, session.Id, default)).Ticket;
        await SignOutAsync(tablet);

        Assert.Null(await RedeemTakeOverAsync(ticket));
        Assert.Equal(SessionState.Active, (await world.SessionAsync(session.Id)).State);
    }

    private async Task<Actor> SignedInAsync(Actor person, TimeSpan ago = default)
    {
        await using var db = world.Get<PortalDbFactory>().ForSystem();
        var user = await db.People.FindAsync(person.UserId);
        return person with { SignInId = (await world.Get<SignIns>().BeginAsync(user!, world.Time.GetUtcNow() - ago, null, person.Address, null, default)).Id };
    }

    private Task SignOutAsync(Actor actor) => world.Get<UserSignIns>().EndAsync(actor, actor.SignInId!.Value, default);

    /// <summary>A session at an asset of its own, that runs.</summary>
    private async Task<Session> ActiveAsync(Actor technician)
    {
        var service = (await world.NewAssetAsync()).Service;
        await world.GrantAsync(technician, service);
        var session = PlantWorld.Value(await world.Broker.ConnectAsync(technician, service.Id, default));
        var ticket = PlantWorld.Value(await world.Broker.IssueTicketAsync(technician, session.Id, default));
        Assert.NotNull((await world.Gateway.RedeemAsync(ticket.Ticket)).Order);
        await world.Gateway.ReportAsync(GatewayRoutes.Started, session.Id, new SessionStarted(world.Time.GetUtcNow(), "192.0.2.7"));
        return await world.SessionAsync(session.Id);
    }

    private async Task<Guid> WatchAsync(Actor watcher, Session session)
    {
        var ticket = PlantWorld.Value(await world.Get<Watching>().IssueTicketAsync(watcher, session.Id, default));
        return (await RedeemWatchAsync(ticket.Ticket))!.WatchId;
    }

    private async Task<WatchSpec?> RedeemWatchAsync(string ticket) =>
        (await world.Gateway.Client.AskAsync<TicketRedemption, WatchSpec>(GatewayRoutes.RedeemWatch, new TicketRedemption(ticket, "192.0.2.8"), CancellationToken.None)).Answer;

    private async Task<TakeOverSpec?> RedeemTakeOverAsync(string ticket) =>
        (await world.Gateway.Client.AskAsync<TicketRedemption, TakeOverSpec>(GatewayRoutes.RedeemTakeOver, new TicketRedemption(ticket, "192.0.2.9"), CancellationToken.None)).Answer;
}
