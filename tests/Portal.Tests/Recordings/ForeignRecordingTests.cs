using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Recordings;
using Sallyport.Portal.Tests.Support;
using Sallyport.Recording;

namespace Sallyport.Portal.Tests.Recordings;

/// <summary>A recording is shown as its own session's and no other's, whatever lies in the store.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ForeignRecordingTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    [Fact]
    public async Task Another_sessions_file_under_this_ones_name_is_opened_by_nobody_and_the_audit_log_says_so()
    {
        var (one, other) = (await RecordedSession.MakeAsync(world), await RecordedSession.MakeAsync(world));
        var id = other.Session.Id;
        File.Copy(one.Path, other.Path, overwrite: true);
        using var reviewer = await world.Portal.SignedInAsync(Role.Compliance);

        foreach (var what in new[] { "typed", "events", "info", "activity", "thumbnails", "asciicast", "har", "http" })
        {
            using var answer = await reviewer.Http.GetAsync(new Uri($"/recordings/{id}/{what}", UriKind.Relative));
            Assert.Equal((what, HttpStatusCode.UnprocessableEntity), (what, answer.StatusCode));
            var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
            Assert.Equal(("foreign", "This file is another session's recording."), (problem.GetProperty("code").GetString(), problem.GetProperty("detail").GetString()));
        }

        var page = WebUtility.HtmlDecode(await reviewer.Http.GetStringAsync(new Uri($"/recordings/{id}", UriKind.Relative)));
        Assert.Contains("This file is another session's recording.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("id=\"player\"", page, StringComparison.Ordinal);
        Assert.Empty(await world.AuditAsync(AuditAction.RecordingReplayed, id));
        Assert.Equal("refused", Assert.Single(await world.AuditAsync(AuditAction.RecordingRefused, id)).Field("result"));

        var (exit, _, error) = await world.Portal.RunAsync("recording", "export", id.ToString(), "--format", "sealed", "-o", $"{other.Path}.copy");
        Assert.Equal((2, "This file is another session's recording."), (exit, error.Trim()));
        Assert.Empty(await world.AuditAsync(AuditAction.RecordingExported, id));
        (exit, var output, _) = await world.Portal.RunAsync("recording", "verify", id.ToString());
        Assert.Equal(1, exit);
        Assert.Contains("This file is another session's recording.", output, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await reviewer.Http.GetAsync(new Uri($"/recordings/{one.Session.Id}/typed", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task A_row_that_names_another_sessions_file_opens_nothing()
    {
        var (one, other) = (await RecordedSession.MakeAsync(world), await RecordedSession.MakeAsync(world));
        await using (var db = world.Get<PortalDbFactory>().ForSystem())
        {
            var file = await db.Recordings.Where(r => r.SessionId == one.Session.Id).Select(r => r.File).FirstAsync();
            await db.Recordings.Where(r => r.SessionId == other.Session.Id).ExecuteUpdateAsync(r => r.SetProperty(x => x.File, file));
        }

        var reviewer = await world.PersonAsync(Role.Compliance);
        await Assert.ThrowsAsync<ForeignRecordingException>(() => world.Get<RecordingLibrary>().OpenAsync(reviewer, other.Session.Id, default));
    }

    [Fact]
    public async Task Another_companys_or_another_gateways_recording_is_refused_by_what_it_says_of_itself()
    {
        var recorded = await RecordedSession.MakeAsync(world);
        await using var file = File.OpenRead(recorded.Path);
        using var reader = await RecordingReader.OpenAsync(file, null, default);
        var row = new SessionRecording { SessionId = recorded.Session.Id, TenantId = recorded.Session.TenantId, File = "", GatewayKeyId = world.Gateway.Client.PublicKey.KeyId };

        Assert.Null(RecordingFiles.Fault(reader.Header, row));
        Assert.Contains("another company's", RecordingFiles.Fault(reader.Header with { TenantId = Guid.NewGuid() }, row), StringComparison.Ordinal);
        Assert.Contains("another gateway", RecordingFiles.Fault(reader.Header with { GatewayKeyId = "another" }, row), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_portal_says_where_a_recording_goes_and_believes_no_gateway()
    {
        var (technician, session) = await world.ReadyAsync();
        var order = (await world.Gateway.RedeemAsync(PlantWorld.Value(await world.Broker.IssueTicketAsync(technician, session.Id, default)).Ticket)).Order!;
        await world.Gateway.ReportAsync(GatewayRoutes.Started, session.Id, new { At = DateTimeOffset.UtcNow, File = "2020-01/another.sprec" });

        await using var db = world.Get<PortalDbFactory>().ForSystem();
        var row = await db.Recordings.AsNoTracking().SingleAsync(r => r.SessionId == session.Id);
        Assert.Equal((order.RecordingKey.File, world.Gateway.Client.PublicKey.KeyId), (row.File, row.GatewayKeyId));
        Assert.EndsWith($"/{session.Id}.sprec", row.File, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_regular_files_in_the_store_are_opened()
    {
        var recorded = await RecordedSession.MakeAsync(world);
        var (folder, kept) = (Path.GetDirectoryName(recorded.Path)!, $"{recorded.Path}.kept");
        var name = $"{Path.GetFileName(folder)}/{Path.GetFileName(recorded.Path)}";
        var store = world.Get<RecordingStore>();
        File.Move(recorded.Path, kept);

        File.CreateSymbolicLink(recorded.Path, kept);
        Assert.Throws<RecordingException>(() => store.Open(name));
        File.Delete(recorded.Path);

        using (var make = Process.Start("mkfifo", [recorded.Path]))
        {
            await make.WaitForExitAsync();
        }

        var opened = Task.Run(() => Assert.Throws<RecordingException>(() => store.Open(name)));
        Assert.Contains("not a regular file", (await opened.WaitAsync(TimeSpan.FromSeconds(10))).Message, StringComparison.Ordinal);
        File.Delete(recorded.Path);

        var aside = Directory.CreateSymbolicLink($"{folder}-linked", folder);
        Assert.Throws<RecordingException>(() => store.Open($"{aside.Name}/{Path.GetFileName(kept)}"));
        aside.Delete();
        Assert.All(["../etc/passwd", "/etc/passwd", "", $"{Path.GetFileName(folder)}/../x"], bad => Assert.Throws<RecordingException>(() => store.Open(bad)));

        File.Move(kept, recorded.Path);
        await store.Open(name).DisposeAsync();
    }
}
