using Microsoft.AspNetCore.Components;
using Sallyport.Components.Tests.Support;
using Sallyport.Portal.Access;
using Sallyport.Portal.Layout;
using Sallyport.Portal.Overlay;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Recordings;

namespace Sallyport.Components.Tests.Layout;

/// <summary>The parts that pages share.</summary>
public sealed class SmallPartTests : BunitContext
{
    private static readonly DateTimeOffset At = new(2026, 1, 31, 23, 30, 0, TimeSpan.FromHours(1));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Message_without_text_takes_no_place(string? text) => Assert.Equal("", Render<Message>(p => p.Add(m => m.Text, text).Add(m => m.Bad, true)).Markup.Trim());

    [Theory]
    [InlineData(true, "alert")]
    [InlineData(false, "status")]
    public void Message_is_heard_at_once_when_it_is_bad_and_in_turn_when_it_is_good(bool bad, string role)
    {
        var message = Render<Message>(p => p.Add(m => m.Text, "The plant is offline.").Add(m => m.Bad, bad));

        Assert.Equal("The plant is offline.", message.Find($"[role={role}]").Text());
    }

    [Theory]
    [InlineData(StateBadge.Tones.Neutral, "circle")]
    [InlineData(StateBadge.Tones.Good, "circle-check")]
    [InlineData(StateBadge.Tones.Waiting, "clock")]
    [InlineData(StateBadge.Tones.Bad, "circle-x")]
    public void State_is_told_by_an_icon_and_a_word_and_not_by_colour_alone(StateBadge.Tones tone, string icon)
    {
        var badge = Render<StateBadge>(p => p.Add(b => b.Text, "online").Add(b => b.Tone, tone));

        Assert.Equal("online", badge.Text());
        Assert.EndsWith($"#{icon}", badge.Find("use").GetAttribute("href"), StringComparison.Ordinal);
    }

    [Fact]
    public void Icon_is_not_read_out() => Assert.Equal("true", Render<Icon>(p => p.Add(i => i.Name, "eye")).Find("svg").GetAttribute("aria-hidden"));

    [Theory]
    [InlineData(false, "absolute")]
    [InlineData(true, "relative")]
    public void Time_is_an_instant_for_the_browser_and_utc_without_script(bool relative, string form)
    {
        var time = Render<LocalTime>(p => p.Add(t => t.At, At).Add(t => t.Relative, relative)).Find("local-time");

        Assert.Equal(("2026-01-31 22:30 UTC", "2026-01-31T22:30:00.0000000Z", form), (time.Text(), time.GetAttribute("datetime"), time.GetAttribute("data-form")));
    }

    [Fact]
    public async Task Time_that_a_person_enters_is_an_instant_and_the_field_says_whose_zone_it_is_in()
    {
        DateTimeOffset? chosen = null;
        var field = Render<InstantInput>(p => p.Add(f => f.Label, "Start").Add(f => f.At, At).Add(f => f.Required, true).Add(f => f.AtChanged, (DateTimeOffset? at) => chosen = at));

        Assert.Equal("Start ( your time )", field.Find("label > span").Text());
        Assert.True(field.Find("input").HasAttribute("required"));
        await field.Find("instant-input").TriggerEventAsync("oninstantchange", new InstantChangeEventArgs { At = At.AddHours(2) });
        Assert.Equal(At.AddHours(2), chosen);
        await field.Find("instant-input").TriggerEventAsync("oninstantchange", new InstantChangeEventArgs());
        Assert.Null(chosen);
    }

    [Fact]
    public void Empty_page_says_what_to_do_next()
    {
        var empty = Render<EmptyState>(p => p.Add(e => e.Icon, "inbox").Add(e => e.Title, "Nobody is waiting").Add(e => e.Text, "Come back later.").AddChildContent("<a href='/'>My plants</a>"));

        Assert.Equal(("Nobody is waiting", "Come back later."), (empty.Find("h2").Text(), empty.Find("p").Text()));
        Assert.Equal("/", empty.Link("My plants").GetAttribute("href"));
    }

    [Theory]
    [InlineData(0, "Approvals · Sallyport")]
    [InlineData(3, "(3) Approvals · Sallyport")]
    public void Page_is_named_in_its_heading_and_its_tab(int waiting, string tab)
    {
        var header = Render<PageHeader>(p => p.Add(h => h.Title, "Approvals").Add(h => h.Waiting, waiting));

        // The heading takes the focus when the page is entered.
        Assert.Equal(("Approvals", "-1"), (header.Find("h1").Text(), header.Find("h1").GetAttribute("tabindex")));
        Assert.Equal(tab, header.Find("page-title").GetAttribute("text"));
        Assert.Empty(header.FindAll("nav, .page-actions, .lead"));
    }

    [Fact]
    public void Page_says_where_it_hangs()
    {
        var header = Render<PageHeader>(p => p.Add(h => h.Title, "Panel").Add(h => h.Trail, "<a href='/'>My plants</a>"));

        Assert.Equal("My plants", header.Find("nav[aria-label=Breadcrumb] a").Text());
    }

    [Theory]
    [InlineData(typeof(NotFoundPage), "There is nothing at this address")]
    [InlineData(typeof(AccessDeniedPage), "This page is not part of your role")]
    [InlineData(typeof(ErrorPage), "Something went wrong on our side")]
    public void Page_that_cannot_be_shown_says_so_and_leads_home(Type type, string title)
    {
        var page = Render(builder =>
        {
            builder.OpenComponent(0, type);
            builder.CloseComponent();
        });

        Assert.Equal(title, page.Find("h2").Text());
        Assert.Equal("/", page.Link("My plants").GetAttribute("href"));
    }

    [Fact]
    public void Lost_link_is_told_to_who_hears_the_page() => Assert.Equal("The link to the portal dropped. Trying again…", Render<ReconnectBar>().Find("[role=status]").Text());

    [Theory]
    [InlineData(AccessRequestState.Pending, "waits for an admin", "waiting")]
    [InlineData(AccessRequestState.Approved, "approved", "good")]
    [InlineData(AccessRequestState.Denied, "denied", "bad")]
    [InlineData(AccessRequestState.Withdrawn, "withdrawn", "neutral")]
    [InlineData(AccessRequestState.Expired, "expired", "neutral")]
    public void Request_tells_its_state(AccessRequestState state, string word, string tone) => IsBadge(Render<RequestBadge>(p => p.Add(b => b.State, state)), word, tone);

    [Theory]
    [InlineData(RecordingState.Running, "running", "waiting")]
    [InlineData(RecordingState.Sealed, "sealed", "good")]
    [InlineData(RecordingState.Interrupted, "interrupted", "bad")]
    public void Recording_tells_its_state(RecordingState state, string word, string tone) => IsBadge(Render<RecordingBadge>(p => p.Add(b => b.State, state)), word, tone);

    [Fact]
    public void Component_with_a_link_is_connected() => Assert.Equal("connected", Render<Connected>(p => p.Add(c => c.Up, true).Add(c => c.Seen, At)).Text());

    [Fact]
    public void Component_without_a_link_is_disconnected_and_it_says_since_when()
    {
        Assert.Equal("disconnected", Render<Connected>(p => p.Add(c => c.Up, false)).Text());
        Assert.Equal("disconnected last connected 2026-01-31 22:30 UTC", Render<Connected>(p => p.Add(c => c.Up, false).Add(c => c.Seen, At)).Text());
    }

    [Theory]
    [InlineData(null, null, "not enrolled")]
    [InlineData("key", null, "offline")]
    [InlineData("key", 10, "online")]
    [InlineData("key", 600, "offline last seen 2026-01-31 22:30 UTC")]
    public void Plant_is_online_while_its_handshake_is_fresh(string? key, int? age, string text)
    {
        var plant = new Plant
        {
            TenantId = Guid.NewGuid(),
            HubId = Guid.NewGuid(),
            Name = "Plant",
            CreatedAt = At,
            LanPrefix = System.Net.IPNetwork.Parse("192.168.10.0/24"),
            VirtualPrefix = System.Net.IPNetwork.Parse("100.64.1.0/24"),
            TunnelAddress = System.Net.IPAddress.Parse("100.127.0.2"),
            PublicKey = key,
            LastHandshakeAt = age is null ? null : At,
        };

        Assert.Equal(text, Render<PlantState>(p => p.Add(s => s.Plant, plant).Add(s => s.Now, At.AddSeconds(age ?? 0))).Text());
    }

    [Theory]
    [InlineData(null, 2, 1)]
    [InlineData("Panel", 1, 1)]
    public void Form_that_nobody_else_has_overtaken_says_nothing(string? name, int stored, int seen) =>
        Assert.Equal("", Render<EditConflictNotice>(p => p.Add(n => n.Name, name).Add(n => n.Stored, stored).Add(n => n.Seen, seen)).Markup.Trim());

    [Fact]
    public void Form_that_somebody_else_has_overtaken_offers_what_is_stored_now()
    {
        var taken = false;
        var notice = Render<EditConflictNotice>(p => p.Add(n => n.Name, "Panel").Add(n => n.Stored, 2).Add(n => n.Seen, 1).Add(n => n.OnTake, () => taken = true));

        Assert.StartsWith("Somebody else changed Panel after you opened this form.", notice.Alert(), StringComparison.Ordinal);
        notice.Button("Show what is stored now").Click();
        Assert.True(taken);
    }

    [Theory]
    [InlineData(true, "Where the screen changed, and where something was pressed")]
    [InlineData(false, "Where something happened, and where something was sent")]
    public void Time_line_names_what_it_shows_and_can_be_moved_by_keys(bool pictures, string name)
    {
        var strip = Render<TimeStrip>(p => p.Add(s => s.Pictures, pictures));

        Assert.Equal(name, strip.Find("svg").GetAttribute("aria-label"));
        Assert.Equal("Position", strip.Find("input[type=range]").GetAttribute("aria-label"));
        Assert.Equal(pictures ? 1 : 0, strip.FindAll("#peek").Count);
    }

    [Theory]
    [InlineData(Contracts.ServiceKind.Vnc, "Make video")]
    [InlineData(Contracts.ServiceKind.Web, "Download HAR")]
    [InlineData(Contracts.ServiceKind.Ssh, "Download asciicast")]
    [InlineData(Contracts.ServiceKind.Tcp, "There is no export for this kind of recording.")]
    public void Recording_can_be_taken_out_in_the_form_of_its_kind_only(Contracts.ServiceKind kind, string offered)
    {
        var exports = Render<RecordingExports>(p => p.Add(e => e.Recording, Guid.NewGuid()).Add(e => e.Kind, kind).Add(e => e.Antiforgery, "token"));

        Assert.Single(["Make video", "Download HAR", "Download asciicast", "There is no export for this kind of recording."], exports.Says);
        Assert.True(exports.Says(offered));
    }

    [Fact]
    public void Requests_of_a_recording_can_be_found_by_text_kind_method_and_status()
    {
        var timeline = Render<WebTimeline>(p => p.Add(t => t.Recording, Guid.NewGuid()).Add(t => t.Antiforgery, "token"));

        Assert.All(["Find in paths, bodies and messages", "Show", "Method", "Status"], label => timeline.Field(label));
        Assert.Equal("Loading…", timeline.Find("[role=status]").Text());
    }

    private static void IsBadge(IRenderedComponent<IComponent> badge, string word, string tone) =>
        Assert.Equal((word, $"badge {tone}"), (badge.Text(), badge.Find("span").ClassName));
}
