using System.CommandLine;
using Sallyport.Portal.Audit;
using Sallyport.Recording;

namespace Sallyport.Portal.Recordings;

/// <summary><c>portal recording export</c>: a recording in a format that other tools read, or sealed as it is.</summary>
internal static class ExportCommand
{
    private static readonly Dictionary<string, Format> Formats = new(StringComparer.Ordinal)
    {
        ["asciicast"] = new("ssh", (reader, _, output, cancellationToken) => AsciicastExporter.ExportAsync(reader, output, cancellationToken)),
        ["har"] = new("web", (reader, _, output, cancellationToken) => HarExporter.ExportAsync(reader, output, cancellationToken)),
        ["sealed"] = new(null, CopyAsync),
    };

    public static Command Create(PortalServices portal)
    {
        var id = new Argument<Guid>("session") { Description = "The session's id." };
        var format = new Option<string>("--format") { Description = $"{string.Join(", ", Formats.Keys)}: a terminal's for asciinema, a web session's as HTTP archive, or the file as it is.", Required = true };
        format.AcceptOnlyFromAmong([.. Formats.Keys]);
        var output = new Option<FileInfo>("--output", "-o") { Description = "Where to; an existing file is not overwritten.", Required = true };
        var export = new Command("export", "Writes a recording into a file. The audit log has an entry of it first.") { id, format, output };
        export.SetAction((result, cancellationToken) =>
            RecordingCommands.RunAsync(portal, services => ExportAsync(services, result.GetValue(id), result.GetRequiredValue(format), result.GetRequiredValue(output), cancellationToken)));
        return export;
    }

    private static async Task<int> ExportAsync(IServiceProvider services, Guid sessionId, string name, FileInfo output, CancellationToken cancellationToken)
    {
        if (await RecordingCommands.FindAsync(services, sessionId, cancellationToken) is not var (recording, session))
        {
            return await RecordingCommands.FailAsync($"This portal has no recording of a session {sessionId}.");
        }

        try
        {
            var (file, reader) = await services.GetRequiredService<RecordingFiles>().OpenAsync(recording, cancellationToken);
            await using var closes = file;
            using var closesToo = reader;
            if (Formats[name] is { Kind: { } kind } && reader.Header.Kind != kind)
            {
                return await RecordingCommands.FailAsync($"This is a recording of kind {reader.Header.Kind}; {name} is for {kind}.");
            }

            // What people typed and saw is in it: for its owner alone, and never a part of it under the name that was asked for.
            var draft = $"{output.FullName}.part";
            await using (var target = new FileStream(draft, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite, Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose }))
            {
                if (output.Exists)
                {
                    return await RecordingCommands.FailAsync($"{output.FullName} exists already.");
                }

                await RecordingCommands.AuditAsync(services, AuditAction.RecordingExported, recording.TenantId, sessionId.ToString(), RecordingLibrary.Name(session), AuditResult.Success, $"As {name}.", cancellationToken);
                await Formats[name].Export(reader, file, target, cancellationToken);
                await target.FlushAsync(cancellationToken);
                File.Move(draft, output.FullName, overwrite: false);
            }
        }
        catch (ForeignRecordingException e)
        {
            await RecordingCommands.AuditAsync(services, AuditAction.RecordingRefused, recording.TenantId, sessionId.ToString(), RecordingLibrary.Name(session), AuditResult.Refused, e.Message, cancellationToken);
            return await RecordingCommands.FailAsync(e.Message);
        }
        catch (RecordingException e)
        {
            return await RecordingCommands.FailAsync(e.Message);
        }

        Console.WriteLine($"{output.FullName}: {RecordingLibrary.Name(session)}");
        return RecordingCommands.Good;
    }

    private static Task CopyAsync(RecordingReader reader, FileStream file, Stream output, CancellationToken cancellationToken)
    {
        file.Position = 0;
        return file.CopyToAsync(output, cancellationToken);
    }

    /// <param name="Kind">The only kind of session that it can hold; null: any.</param>
    private sealed record Format(string? Kind, Func<RecordingReader, FileStream, Stream, CancellationToken, Task> Export);
}
