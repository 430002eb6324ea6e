using Microsoft.EntityFrameworkCore;
using Sallyport.Portal.Access;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Access;

[Collection(PostgresCollection.Name)]
public sealed class AccessRequestTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    private AccessRequests Requests => world.Get<AccessRequests>();

    [Fact]
    public async Task Two_admins_who_decide_at_once_give_one_decision_and_one_grant()
    {
        var second = await world.PersonAsync(Role.Admin);
        var (technician, request) = await AskAsync();

        var approvals = await Task.WhenAll(Requests.ApproveAsync(world.Admin, request.Id, "", null, default), Requests.ApproveAsync(second, request.Id, "", null, default));

        Assert.Single(approvals, a => a.Error is null);
        Assert.Single(await world.Get<Grants>().InForceAsync(technician, own: true, default));
        Assert.Single(await world.AuditAsync(AuditAction.RequestApproved, request.Id));
    }

    [Fact]
    public async Task Nobody_approves_their_own_request_and_who_tries_is_in_the_audit_log()
    {
        var both = await world.PersonAsync(Role.Technician, Role.Admin);
        var (_, request) = await AskAsync(both);

        Assert.Equal("You cannot decide your own request. Ask another admin.", (await Requests.ApproveAsync(both, request.Id, "", null, default)).Error);
        Assert.Equal("refused", Assert.Single(await world.AuditAsync(AuditAction.RequestApproved, request.Id)).Field("result"));
    }

    [Theory]
    [InlineData(Role.Technician)]
    [InlineData(Role.Compliance)]
    [InlineData(Role.Operator)]
    public async Task Only_admins_decide(Role role)
    {
        var person = await world.PersonAsync(role);
        var (_, request) = await AskAsync();

        await RefusedAsync(() => Requests.ApproveAsync(person, request.Id, "", null, default));
        await RefusedAsync(() => Requests.DenyAsync(person, request.Id, "No", default));
        await RefusedAsync(() => world.Get<Grants>().RevokeAsync(person, Guid.NewGuid(), "No", default));

        static async Task RefusedAsync(Func<Task> act) => Assert.Equal(AccessRefusal.NotAllowed, (await Assert.ThrowsAsync<AccessRefusedException>(act)).Why);
    }

    [Fact]
    public async Task Who_is_disabled_loses_grants_and_requests_and_enabling_brings_none_of_it_back()
    {
        var (technician, session) = await world.ActiveAsync((await world.NewAssetAsync()).Service);
        var inForce = Assert.Single(await world.Get<Grants>().InForceAsync(technician, own: true, default)).Grant;
        var later = PlantWorld.Value(await Requests.SubmitAsync(technician, world.Maintenance.Id, "Look at it tomorrow", null, world.Time.GetUtcNow().AddDays(1), TimeSpan.FromHours(1), default));
        var toCome = PlantWorld.Value(await Requests.ApproveAsync(world.Admin, later.Id, "", null, default));
        var (_, pending) = await AskAsync(technician);
        var others = await world.GrantAsync(await world.PersonAsync(Role.Technician), world.Maintenance);

        Assert.Null((await world.Get<UserDirectory>().SetDisabledAsync(world.Admin, technician.UserId, true, "Left the company", default)).Error);

        Assert.Equal("An admin disabled your user.", (await world.EndedAsync(session.Id)).EndMessage);
        foreach (var grant in new[] { inForce, toCome })
        {
            var entry = Assert.Single(await world.AuditAsync(AuditAction.GrantRevoked, grant.Id));
            Assert.Equal((world.Admin.Name, "The user was disabled."), (entry.Field("actorName"), entry.Field("reason")));
        }

        Assert.Equal("The user was disabled.", Assert.Single(await world.AuditAsync(AuditAction.RequestDenied, pending.Id)).Field("reason"));
        Assert.Empty(await world.AuditAsync(AuditAction.GrantRevoked, others.Id));

        Assert.Null((await world.Get<UserDirectory>().SetDisabledAsync(world.Admin, technician.UserId, false, "", default)).Error);

        Assert.Empty(await world.Get<Grants>().InForceAsync(technician, own: true, default));
        Assert.NotNull((await world.Broker.ConnectAsync(technician, inForce.ServiceId, default)).Error);
        Assert.NotNull((await Requests.ApproveAsync(world.Admin, pending.Id, "", null, default)).Error);

        // They ask anew.
        await AskAsync(technician);
    }

    [Fact]
    public async Task What_was_given_to_somebody_who_is_disabled_is_taken_before_they_are_enabled()
    {
        var (technician, request) = await AskAsync();
        await using (var db = world.Get<PortalDbFactory>().ForSystem())
        {
            await db.People.Where(u => u.Id == technician.UserId).ExecuteUpdateAsync(u => u.SetProperty(x => x.DisabledAt, world.Time.GetUtcNow()));
            db.Add(new Grant { TenantId = technician.TenantId, RequestId = request.Id, UserId = technician.UserId, ServiceId = request.ServiceId, Purpose = "Given meanwhile", ApprovedById = world.Admin.UserId, StartsAt = world.Time.GetUtcNow(), EndsAt = world.Time.GetUtcNow().AddHours(1), CreatedAt = world.Time.GetUtcNow() });
            await db.SaveChangesAsync();
        }

        Assert.Equal("Who asked for it is disabled.", (await Requests.ApproveAsync(world.Admin, request.Id, "", null, default)).Error);
        Assert.Null((await world.Get<UserDirectory>().SetDisabledAsync(world.Admin, technician.UserId, false, "", default)).Error);

        Assert.Empty(await world.Get<Grants>().InForceAsync(technician, own: true, default));
        Assert.Single(await world.AuditAsync(AuditAction.RequestDenied, request.Id));
    }

    [Fact]
    public async Task A_denial_says_why()
    {
        var (technician, request) = await AskAsync();

        Assert.NotNull(await Requests.DenyAsync(world.Admin, request.Id, "  ", default));
        Assert.Null(await Requests.DenyAsync(world.Admin, request.Id, "Wait for the shutdown", default));

        Assert.Equal("Wait for the shutdown", Assert.Single(await Requests.ListAsync(technician, own: true, default)).Request.Comment);
    }

    [Fact]
    public async Task An_approval_that_came_late_keeps_the_length_that_was_asked_for()
    {
        var (_, request) = await AskAsync();
        world.Time.Ahead += TimeSpan.FromMinutes(20);

        var grant = PlantWorld.Value(await Requests.ApproveAsync(world.Admin, request.Id, "", null, default));

        Assert.Equal(TimeSpan.FromHours(1), grant.EndsAt - grant.StartsAt);
    }

    [Fact]
    public async Task An_admin_can_shorten_the_window_and_not_lengthen_it()
    {
        var (_, first) = await AskAsync();
        Assert.Equal(TimeSpan.FromMinutes(15), Length(await Requests.ApproveAsync(world.Admin, first.Id, "", TimeSpan.FromMinutes(15), default)));
        var (_, second) = await AskAsync();
        Assert.Equal(TimeSpan.FromHours(1), Length(await Requests.ApproveAsync(world.Admin, second.Id, "", TimeSpan.FromHours(9), default)));

        static TimeSpan Length(Outcome<Grant> grant) => grant.Value!.EndsAt - grant.Value.StartsAt;
    }

    [Theory]
    [InlineData("ok", 60, 0, "Say what you want to do")]
    [InlineData("A good purpose", 0, 0, "The window can be")]
    [InlineData("A good purpose", 9 * 60, 0, "The window can be")]
    [InlineData("A good purpose", 60, -60, "The window must start")]
    [InlineData("A good purpose", 60, 60 * 24 * 30, "The window must start")]
    public async Task A_request_outside_the_policy_is_refused_with_what_is_allowed(string purpose, int minutes, int startsIn, string message)
    {
        var technician = await world.PersonAsync(Role.Technician);

        var outcome = await Requests.SubmitAsync(technician, world.Terminal.Id, purpose, null, world.Time.GetUtcNow() + TimeSpan.FromMinutes(startsIn), TimeSpan.FromMinutes(minutes), default);

        Assert.StartsWith(message, outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_withdrawn_request_cannot_be_approved()
    {
        var (technician, request) = await AskAsync();
        Assert.Null(await Requests.WithdrawAsync(technician, request.Id, default));

        Assert.NotNull((await Requests.ApproveAsync(world.Admin, request.Id, "", null, default)).Error);
    }

    [Fact]
    public async Task A_grants_end_is_in_the_audit_log_once()
    {
        var technician = await world.PersonAsync(Role.Technician);
        var grant = await world.GrantAsync(technician, world.Terminal, TimeSpan.FromMinutes(1));
        world.Time.Ahead += TimeSpan.FromMinutes(2);
        for (var i = 0; i < 100 && (await world.AuditAsync(AuditAction.GrantEnded, grant.Id)).Count == 0; i++)
        {
            await Task.Delay(100);
        }

        await Task.Delay(1500);
        Assert.Single(await world.AuditAsync(AuditAction.GrantEnded, grant.Id));
    }

    private async Task<(Actor Technician, AccessRequest Request)> AskAsync(Actor? technician = null)
    {
        technician ??= await world.PersonAsync(Role.Technician);
        return (technician, PlantWorld.Value(await Requests.SubmitAsync(technician, world.Terminal.Id, "Look at the test panel", null, world.Time.GetUtcNow(), TimeSpan.FromHours(1), default)));
    }
}
