using Sallyport.Portal.Audit;
using Sallyport.Portal.Tests.Support;
using Sallyport.Recording;

namespace Sallyport.Portal.Tests.Recordings;

[Collection(PostgresCollection.Name)]
public sealed class RecordingCommandTests(PlantWorld world) : IClassFixture<PlantWorld>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sallyport-commands-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task An_untouched_recording_is_intact_by_its_session_and_as_a_copy_and_both_are_audited()
    {
        var recorded = await RecordedSession.MakeAsync(world);
        var copy = Path.Combine(_folder.FullName, "copy.sprec");
        File.Copy(recorded.Path, copy);

        var (exit, output, error) = await world.Portal.RunAsync("recording", "verify", recorded.Session.Id.ToString());
        Assert.Equal((0, ""), (exit, error));
        Assert.Contains("3 chunks, signed by its gateway", output, StringComparison.Ordinal);
        (exit, output, _) = await world.Portal.RunAsync("recording", "verify", copy);
        Assert.Equal(0, exit);
        Assert.Contains("intact", output, StringComparison.Ordinal);

        Assert.Equal(2, (await world.AuditAsync(AuditAction.RecordingVerified, recorded.Session.Id)).Count);
    }

    [Fact]
    public async Task The_first_chunk_that_was_altered_is_named()
    {
        var recorded = await RecordedSession.MakeAsync(world);
        await using (var file = File.Open(recorded.Path, FileMode.Open))
        {
            using var reader = await RecordingReader.OpenAsync(file, null, CancellationToken.None);
            var last = reader.Chunks[2].Offset - 1;
            file.Position = last;
            var was = file.ReadByte();
            file.Position = last;
            file.WriteByte((byte)~was);
        }

        var (exit, output, _) = await world.Portal.RunAsync("recording", "verify", recorded.Session.Id.ToString());

        Assert.Equal(1, exit);
        Assert.Contains("first bad chunk: 1", output, StringComparison.Ordinal);
        Assert.Equal("failed", Assert.Single(await world.AuditAsync(AuditAction.RecordingVerified, recorded.Session.Id)).Field("result"));
    }

    [Fact]
    public async Task What_was_cut_off_is_seen_against_the_audit_log_even_when_the_portals_table_says_otherwise()
    {
        var recorded = await RecordedSession.MakeAsync(world, seal: false);
        Assert.Equal(0, (await world.Portal.RunAsync("recording", "verify", recorded.Session.Id.ToString())).Exit);
        await using (var file = File.Open(recorded.Path, FileMode.Open))
        {
            file.SetLength(file.Length - 10);
        }

        await ExecuteAsync($"update recordings set head_chunk = -1, head_hash = null where session_id = '{recorded.Session.Id}'");
        var (exit, output, _) = await world.Portal.RunAsync("recording", "verify", recorded.Session.Id.ToString());

        Assert.Equal(1, exit);
        Assert.Contains("first bad chunk: 2", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sealed_recording_that_lost_its_trailer_is_broken()
    {
        var recorded = await RecordedSession.MakeAsync(world);
        await using (var file = File.Open(recorded.Path, FileMode.Open))
        {
            file.SetLength(file.Length - 8);
        }

        Assert.Equal(1, (await world.Portal.RunAsync("recording", "verify", recorded.Session.Id.ToString())).Exit);
    }

    [Theory]
    [InlineData("no such file")]
    [InlineData("01980000-0000-7000-8000-00000000dead")]
    public async Task What_there_is_not_cannot_be_verified(string what)
    {
        Assert.Equal(2, (await world.Portal.RunAsync("recording", "verify", what)).Exit);
        Assert.Equal(2, (await world.Portal.RunAsync("recording", "verify", what, "--all")).Exit);
    }

    [Fact]
    public async Task All_are_walked_and_what_is_missing_or_unknown_is_named()
    {
        // Alone in a portal: others' recordings are spoilt on purpose.
        var alone = new PlantWorld(world.Cluster);
        await alone.InitializeAsync();
        try
        {
            var (good, missing, forgotten) = (await RecordedSession.MakeAsync(alone), await RecordedSession.MakeAsync(alone), await RecordedSession.MakeAsync(alone));
            Assert.Equal(0, (await alone.Portal.RunAsync("recording", "verify", "--all")).Exit);

            File.Delete(missing.Path);
            await ExecuteAsync(alone, $"delete from recordings where session_id = '{forgotten.Session.Id}'");
            var (exit, output, _) = await alone.Portal.RunAsync("recording", "verify", "--all");

            Assert.Equal(1, exit);
            Assert.Matches($"intact +{good.Session.Id}", output);
            Assert.Matches($"broken +{missing.Session.Id}.*\n.*cannot be opened", output);
            Assert.Matches($"broken +\\d{{4}}-\\d{{2}}/{forgotten.Session.Id}.sprec\n.*knows nothing of this file", output);
            Assert.Matches($"broken +{forgotten.Session.Id}.*\n.*the library has lost it", output);
            Assert.Contains("1 intact, 0 interrupted, 3 broken, missing or unknown.", output, StringComparison.Ordinal);
        }
        finally
        {
            await alone.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_terminals_recording_is_exported_once_and_the_audit_log_says_so()
    {
        var recorded = await RecordedSession.MakeAsync(world);
        var folder = _folder.FullName;
        var cast = Path.Combine(folder, "session.cast");

        var (exit, _, error) = await world.Portal.RunAsync("recording", "export", recorded.Session.Id.ToString(), "--format", "asciicast", "-o", cast);
        Assert.Equal((0, ""), (exit, error));
        Assert.Contains("line 2", await File.ReadAllTextAsync(cast), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(cast));
        Assert.Equal("command line", Assert.Single(await world.AuditAsync(AuditAction.RecordingExported, recorded.Session.Id)).Field("actorName"));

        Assert.Equal(2, (await world.Portal.RunAsync("recording", "export", recorded.Session.Id.ToString(), "--format", "asciicast", "-o", cast)).Exit);
        Assert.Equal(2, (await world.Portal.RunAsync("recording", "export", recorded.Session.Id.ToString(), "--format", "har", "-o", Path.Combine(folder, "session.har"))).Exit);
        Assert.Equal(0, (await world.Portal.RunAsync("recording", "export", recorded.Session.Id.ToString(), "--format", "sealed", "-o", Path.Combine(folder, "session.sprec"))).Exit);
        Assert.Equal(await File.ReadAllBytesAsync(recorded.Path), await File.ReadAllBytesAsync(Path.Combine(folder, "session.sprec")));
        Assert.Equal(["session.cast", "session.sprec"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private Task ExecuteAsync(string sql) => ExecuteAsync(world, sql);

    private static async Task ExecuteAsync(PlantWorld world, string sql)
    {
        await using var command = world.Get<Npgsql.NpgsqlDataSource>().CreateCommand(sql);
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }
}
