using System.Net;
using System.Text.RegularExpressions;
using System.Web;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Identity.Provider;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>Somebody guesses passwords, and the people whose passwords they are go on working.</summary>
[Collection(PostgresCollection.Name)]
public sealed partial class PasswordThrottleTests(PasswordThrottleTests.AttackedPortal portal) : IClassFixture<PasswordThrottleTests.AttackedPortal>
{
    private const string Wrong = "not the password";

    /// <summary>Addresses that no other test uses.</summary>
    private static int _addresses;

    [Fact]
    public async Task An_owner_gets_in_from_another_address_while_a_stranger_guesses()
    {
        var user = await portal.AddUserAsync(Role.Admin);
        using var stranger = new Visitor(portal);
        for (var i = 0; i < 6; i++)
        {
            await stranger.TryAsync(user.UserName, Wrong);
        }

        Assert.Equal("early", (await stranger.TryAsync(user.UserName, user.Password)).Error);
        using var owner = new Visitor(portal);
        Assert.Null((await owner.TryAsync(user.UserName, user.Password)).Error);
    }

    [Fact]
    public async Task An_owner_gets_in_from_a_known_browser_while_many_addresses_guess()
    {
        var user = await portal.AddUserAsync(Role.Admin);
        using var known = new Visitor(portal);
        Assert.Null((await known.TryAsync(user.UserName, user.Password)).Error);
        for (var i = 0; i < 25; i++)
        {
            using var stranger = new Visitor(portal);
            await stranger.TryAsync(user.UserName, Wrong);
        }

        // A browser of nobody is slowed down with the others.
        using var unknown = new Visitor(portal);
        var early = await unknown.TryAsync(user.UserName, user.Password);
        Assert.Equal("early", early.Error);
        Assert.InRange(early.Wait, 1, 300);
        Assert.Contains($"try again in {early.Wait} seconds", early.Page, StringComparison.Ordinal);

        Assert.Null((await known.TryAsync(user.UserName, user.Password)).Error);
        portal.Time.Ahead += TimeSpan.FromSeconds(early.Wait);
        Assert.Null((await unknown.TryAsync(user.UserName, user.Password)).Error);
    }

    [Fact]
    public async Task A_known_browser_is_delayed_by_its_own_failures()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        using var known = new Visitor(portal);
        await known.TryAsync(user.UserName, user.Password);
        for (var i = 0; i < 5; i++)
        {
            await known.TryAsync(user.UserName, Wrong);
        }

        Assert.Equal("early", (await known.TryAsync(user.UserName, user.Password)).Error);
    }

    [Fact]
    public async Task A_browser_is_known_to_the_accounts_that_signed_in_with_it_and_until_their_password_changes()
    {
        var (user, other) = (await portal.AddUserAsync(Role.Technician), await portal.AddUserAsync(Role.Technician));
        using var known = new Visitor(portal);
        await known.TryAsync(user.UserName, user.Password);
        await GuessFromManyAddressesAsync(other);
        Assert.Equal("early", (await known.TryAsync(other.UserName, other.Password)).Error);

        var changed = await portal.Services.GetRequiredService<Passwords>().ChangeAsync(user.Actor, user.Password, "the next password", CancellationToken.None);
        Assert.Equal(PasswordChange.Done, changed.Change);
        await GuessFromManyAddressesAsync(user);
        Assert.Equal("early", (await known.TryAsync(user.UserName, "the next password")).Error);

        async Task GuessFromManyAddressesAsync(TestUser whose)
        {
            for (var i = 0; i < 20; i++)
            {
                using var stranger = new Visitor(portal);
                await stranger.TryAsync(whose.UserName, Wrong);
            }
        }
    }

    [Fact]
    public async Task A_cookie_that_was_not_sealed_here_makes_no_browser_known()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        using var forger = new Visitor(portal);
        for (var i = 0; i < 8; i++)
        {
            forger.Browser.Cookies.Add(new Uri(portal.Url), new Cookie("sallyport-browser", $"forged{i}", "/"));
            await forger.TryAsync(user.UserName, Wrong);
        }

        Assert.Equal("early", (await forger.TryAsync(user.UserName, user.Password)).Error);
    }

    [Fact]
    public async Task Delays_double_up_to_the_longest_and_are_forgotten_after_a_quiet_time()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        using var guesser = new Visitor(portal);
        var waits = new List<int>();
        for (var i = 0; i < 12; i++)
        {
            var answer = await guesser.TryAsync(user.UserName, Wrong);
            Assert.Equal("wrong", answer.Error);
            waits.Add(answer.Wait);
            portal.Time.Ahead += TimeSpan.FromSeconds(answer.Wait);
        }

        Assert.Equal([0, 0, 0, 0, 15, 30, 60, 120, 240, 480, 900, 900], waits);
        portal.Time.Ahead += TimeSpan.FromHours(12.1);
        Assert.Equal(0, (await guesser.TryAsync(user.UserName, Wrong)).Wait);
    }

    [Fact]
    public async Task One_address_is_delayed_over_all_names_together()
    {
        using var sprayer = new Visitor(portal);
        var answers = new List<Answer>();
        for (var i = 0; i < 31; i++)
        {
            answers.Add(await sprayer.TryAsync($"name{Guid.NewGuid():N}", Wrong));
        }

        Assert.All(answers.Take(29), answer => Assert.Equal(("wrong", 0), (answer.Error, answer.Wait)));
        Assert.Equal(("wrong", 15), (answers[29].Error, answers[29].Wait));
        Assert.Equal("early", answers[30].Error);
    }

    [Fact]
    public async Task An_own_account_does_not_open_an_address_for_guesses_at_others()
    {
        var own = await portal.AddUserAsync(Role.Technician);
        var address = Visitor.NextAddress();
        var failed = 0;
        for (var i = 0; i < 40; i++)
        {
            // A new browser each time, so that none is known.
            using var guesser = new Visitor(portal, address);
            failed += (await guesser.TryAsync($"name{Guid.NewGuid():N}", Wrong)).Error == "wrong" ? 1 : 0;
            using var signer = new Visitor(portal, address);
            await signer.TryAsync(own.UserName, own.Password);
        }

        Assert.Equal(30, failed);
    }

    [Fact]
    public async Task Of_an_IPv6_network_all_addresses_count_as_one()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        for (var i = 0; i < 5; i++)
        {
            using var guesser = new Visitor(portal, $"2001:db8:0:7::{i + 1:x}");
            await guesser.TryAsync(user.UserName, Wrong);
        }

        using var same = new Visitor(portal, "2001:db8:0:7:ffff::1");
        using var neighbour = new Visitor(portal, "2001:db8:0:8::1");
        Assert.Equal("early", (await same.TryAsync(user.UserName, user.Password)).Error);
        Assert.Null((await neighbour.TryAsync(user.UserName, user.Password)).Error);
    }

    [Fact]
    public async Task A_name_that_is_none_is_answered_as_one_that_is()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        var (atAccount, atNothing) = (await GuessAsync(user.UserName), await GuessAsync($"nobody{Guid.NewGuid():N}"));

        Assert.Equal(atAccount, atNothing);
        Assert.Contains(atAccount, answer => answer is { Error: "early", Wait: > 0 } && answer.Page.Contains("was not looked at", StringComparison.Ordinal));

        // From one address, then from many; what is told apart by the clock alone is rounded.
        async Task<List<(string? Error, int Wait, string Page)>> GuessAsync(string name)
        {
            using var guesser = new Visitor(portal);
            var answers = new List<Answer>();
            for (var i = 0; i < 7; i++)
            {
                answers.Add(await guesser.TryAsync(name, Wrong));
            }

            for (var i = 0; i < 17; i++)
            {
                using var another = new Visitor(portal);
                answers.Add(await another.TryAsync(name, Wrong));
            }

            return [.. answers.Select(a => (a.Error, (a.Wait + 4) / 5, Number().Replace(Message().Match(a.Page).Value, "")))];
        }
    }

    [Fact]
    public async Task A_delay_holds_at_a_second_portal_and_after_a_restart()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        using var guesser = new Visitor(portal);
        for (var i = 0; i < 5; i++)
        {
            await guesser.TryAsync(user.UserName, Wrong);
        }

        // A portal's own state is this object; it shares the database and the key folder with the others.
        var elsewhere = ActivatorUtilities.CreateInstance<PasswordThrottle>(portal.Services);
        var attempt = new PasswordAttempt(Guid.Parse(user.User.Subject), AttemptSource.Address(IPAddress.Parse(guesser.Address)), IPAddress.Parse(guesser.Address));
        Assert.False(await elsewhere.TryBeginAsync(attempt, CancellationToken.None));
        Assert.InRange(await elsewhere.DelayAsync(attempt, CancellationToken.None), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task An_admin_sees_who_has_to_wait_and_ends_it()
    {
        var (admin, user) = (await portal.AddUserAsync(Role.Admin), await portal.AddUserAsync(Role.Technician));
        var delays = portal.Services.GetRequiredService<SignInDelays>();
        using var guesser = new Visitor(portal);
        for (var i = 0; i < 5; i++)
        {
            await guesser.TryAsync(user.UserName, Wrong);
        }

        Assert.Equal(guesser.Address, (await delays.ListAsync(admin.Actor, CancellationToken.None))[user.User.Id].From);

        // Not for others: neither of another company, nor without the role.
        var stranger = (await portal.AddStrangerAsync(Role.Admin)).Actor;
        Assert.Empty(await delays.ListAsync(stranger, CancellationToken.None));
        Assert.NotNull(await delays.EndAsync(stranger, user.User.Id, CancellationToken.None));
        await Assert.ThrowsAsync<AccessRefusedException>(() => delays.EndAsync(user.Actor, user.User.Id, CancellationToken.None));
        Assert.Equal("early", (await guesser.TryAsync(user.UserName, user.Password)).Error);

        Assert.Null(await delays.EndAsync(admin.Actor, user.User.Id, CancellationToken.None));
        Assert.Null((await guesser.TryAsync(user.UserName, user.Password)).Error);
        Assert.Equal(1, await portal.CountAsync($"select count(*) from audit.entries where action = 'sign-in.delay-end' and subject_id = '{user.User.Id}'"));
    }

    [Fact]
    public async Task The_owner_is_told_once_of_what_others_tried_and_so_is_the_audit_log()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        using var stranger = new Visitor(portal);
        for (var i = 0; i < 3; i++)
        {
            await stranger.TryAsync(user.UserName, Wrong);
        }

        using var owner = new Visitor(portal);
        var notice = await owner.Browser.TrySignInAsync(user.UserName, user.Password);
        Assert.Equal("/openid/failed-attempts", notice.RequestMessage!.RequestUri!.AbsolutePath);
        var page = await notice.Content.ReadAsStringAsync();
        Assert.Contains("3 wrong passwords were tried at your account", page, StringComparison.Ordinal);
        Assert.Contains($"from {stranger.Address}.", page, StringComparison.Ordinal);

        // There is no way around it, and a client that may not show pages is told so.
        Assert.Equal("/openid/failed-attempts", (await owner.Browser.OpenAsync("/")).RequestMessage!.RequestUri!.AbsolutePath);
        using var client = new CodeClient(portal);
        var silent = client.Request();
        silent["prompt"] = "none";
        Assert.Equal("interaction_required", CodeClient.Answer(await CodeClient.AuthorizeAsync(owner.Browser, silent))["error"]);

        // One that comes while the page is read is for the next time.
        await stranger.TryAsync(user.UserName, Wrong);
        var next = await owner.Browser.SubmitAsync(notice, []);
        Assert.Equal("/openid/failed-attempts", next.RequestMessage!.RequestUri!.AbsolutePath);
        Assert.Equal("/", (await owner.Browser.SubmitAsync(next, [])).RequestMessage!.RequestUri!.AbsolutePath);
        Assert.Equal(4, await portal.CountAsync($"select count(*) from audit.entries where action = 'sign-in' and body::jsonb ->> 'result' = 'refused' and body::jsonb ->> 'address' = '{stranger.Address}'"));
        Assert.Equal(2, await portal.CountAsync($"select count(*) from audit.entries where action = 'sign-in.failures-read' and actor = '{user.UserName}' and body::jsonb ->> 'reason' like '%{stranger.Address}%'"));
        using var again = new Visitor(portal);
        Assert.Null((await again.TryAsync(user.UserName, user.Password)).Error);
        Assert.Equal("/", again.EndedAt);
    }

    [Fact]
    public async Task Who_mistypes_and_then_gets_in_is_told_nothing()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        using var owner = new Visitor(portal);
        await owner.TryAsync(user.UserName, Wrong);
        await owner.TryAsync(user.UserName, user.Password);
        Assert.Equal("/", owner.EndedAt);
    }

    [Fact]
    public async Task Attempts_that_are_not_looked_at_do_not_fill_the_audit_log()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        using var guesser = new Visitor(portal);
        for (var i = 0; i < 15; i++)
        {
            await guesser.TryAsync(user.UserName, Wrong);
        }

        // Five that were looked at, and the first that was not; the others are counted into one entry.
        Assert.Equal(6, await portal.CountAsync($"select count(*) from audit.entries where action = 'sign-in' and body::jsonb ->> 'result' = 'refused' and actor = '{user.UserName}'"));
    }

    [Fact]
    public async Task Counts_that_matter_no_more_are_removed_and_their_number_is_bounded()
    {
        var sweeper = portal.Services.GetRequiredService<IEnumerable<Microsoft.Extensions.Hosting.IHostedService>>().OfType<PasswordAttemptSweeper>().Single();
        var user = await portal.AddUserAsync(Role.Technician);
        using var guesser = new Visitor(portal);
        for (var i = 0; i < 10; i++)
        {
            await guesser.TryAsync($"name{Guid.NewGuid():N}", Wrong);
        }

        await sweeper.SweepAsync(maxRows: 7, CancellationToken.None);
        Assert.Equal(7, await portal.CountAsync("select count(*) from password_attempts"));

        await guesser.TryAsync(user.UserName, Wrong);
        portal.Time.Ahead += TimeSpan.FromHours(13);
        await sweeper.SweepAsync(maxRows: 1000, CancellationToken.None);

        // What the owner is to be told stays until they have read it.
        Assert.Equal(1, await portal.CountAsync("select count(*) from password_attempts"));
        portal.Time.Ahead += TimeSpan.FromDays(91);
        await sweeper.SweepAsync(maxRows: 1000, CancellationToken.None);
        Assert.Equal(0, await portal.CountAsync("select count(*) from password_attempts"));
    }

    [GeneratedRegex("<div class=\"message.*?</div>", RegexOptions.Singleline, 1000)]
    private static partial Regex Message();

    [GeneratedRegex("[0-9]+ seconds?", RegexOptions.None, 1000)]
    private static partial Regex Number();

    /// <param name="Error">What the sign-in page was told; null when the password was right.</param>
    private sealed record Answer(string? Error, int Wait, string Page);

    /// <summary>A browser at an address of its own, as a trusted proxy reports it.</summary>
    private sealed class Visitor : IDisposable
    {
        public Visitor(PortalInstance portal, string? address = null)
        {
            Address = address ?? NextAddress();
            Browser = portal.NewBrowser();
            Browser.Http.DefaultRequestHeaders.Add("X-Forwarded-For", Address);
        }

        public string Address { get; }

        public PortalBrowser Browser { get; }

        public string? EndedAt { get; private set; }

        public static string NextAddress() => $"198.51.{Interlocked.Increment(ref _addresses) / 250}.{(_addresses % 250) + 1}";

        public async Task<Answer> TryAsync(string userName, string password)
        {
            var page = await Browser.OpenAsync("/openid/sign-in?returnUrl=%2F");
            var end = await Browser.SubmitAsync(page, new() { ["userName"] = userName, ["password"] = password });
            var query = HttpUtility.ParseQueryString(end.RequestMessage!.RequestUri!.Query);
            EndedAt = end.RequestMessage.RequestUri.AbsolutePath;
            return EndedAt == "/openid/sign-in"
                ? new Answer(query["error"], int.TryParse(query["wait"], out var wait) ? wait : 0, await end.Content.ReadAsStringAsync())
                : new Answer(null, 0, "");
        }

        public void Dispose() => Browser.Dispose();
    }

    public sealed class AttackedPortal : PortalInstance
    {
        public AttackedPortal(PostgresCluster cluster)
            : base(cluster)
        {
            Settings = CodeClient.Settings.Append(new("Proxies:Trusted:0", "127.0.0.1")).ToDictionary();

            // Cheap hashes: what a hash costs is not what these tests are about.
            Configure = builder => builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Time)).Configure<PasswordHasherOptions>(options => options.IterationCount = 1000);
        }

        public ShiftedTime Time { get; } = new();
    }
}
