using System.CommandLine;
using Sallyport.Portal.Audit;
using Sallyport.Recording;

namespace Sallyport.Portal.Recordings;

/// <summary><c>portal recording verify</c>: one recording, a file that was copied elsewhere, or all there is.</summary>
internal static class VerifyCommand
{
    public static Command Create(PortalServices portal)
    {
        var what = new Argument<string?>("session-or-file") { Description = "A session's id, or a recording's file.", Arity = ArgumentArity.ZeroOrOne };
        var all = new Option<bool>("--all") { Description = "Every recording, with those that are missing and files that nobody knows." };
        var verify = new Command("verify", "Checks chain, signature and the head that the audit log holds. Exits with 0 when all is well, 1 when something is broken, missing or unknown, 2 when nothing could be checked.") { what, all };
        verify.SetAction((result, cancellationToken) => (result.GetValue(what), result.GetValue(all)) switch
        {
            (null, true) => RecordingCommands.RunAsync(portal, services => AllAsync(services, cancellationToken)),
            ({ } one, false) => RecordingCommands.RunAsync(portal, services => OneAsync(services, one, cancellationToken)),
            _ => RecordingCommands.FailAsync("Give a session's id, a file, or --all."),
        });
        return verify;
    }

    private static async Task<int> OneAsync(IServiceProvider services, string what, CancellationToken cancellationToken)
    {
        var verification = services.GetRequiredService<RecordingVerification>();
        InventoryLine line;
        if (Guid.TryParse(what, out var sessionId))
        {
            if (await RecordingCommands.FindAsync(services, sessionId, cancellationToken) is not var (recording, session))
            {
                return await RecordingCommands.FailAsync($"This portal has no recording of a session {sessionId}.");
            }

            line = new InventoryLine(what, recording.TenantId, RecordingLibrary.Name(session), await verification.VerifyAsync(recording, cancellationToken));
        }
        else if (File.Exists(what))
        {
            var report = await verification.VerifyFileAsync(() => RecordingStore.OpenPath(what), cancellationToken);
            var name = report.Header is { } header ? $"{header.User.Name} on {header.Service.Name}, {header.Asset.Name}, {header.Plant.Name}" : what;
            line = new InventoryLine(report.Header?.SessionId.ToString() ?? what, report.Header?.TenantId, name, report);
        }
        else
        {
            return await RecordingCommands.FailAsync($"“{what}” is neither a session's id nor a file.");
        }

        Print(line);
        await AuditAsync(services, line, cancellationToken);
        return line.Report.Verdict == Verdict.Broken ? RecordingCommands.Bad : RecordingCommands.Good;
    }

    private static async Task<int> AllAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<Verdict, int>();
        await foreach (var line in services.GetRequiredService<RecordingInventory>().VerifyAllAsync(cancellationToken))
        {
            counts[line.Report.Verdict] = counts.GetValueOrDefault(line.Report.Verdict) + 1;
            Print(line);
            await AuditAsync(services, line, cancellationToken);
        }

        var broken = counts.GetValueOrDefault(Verdict.Broken);
        Console.WriteLine($"{counts.GetValueOrDefault(Verdict.Intact)} intact, {counts.GetValueOrDefault(Verdict.Interrupted)} interrupted, {broken} broken, missing or unknown.");
        return broken > 0 ? RecordingCommands.Bad : RecordingCommands.Good;
    }

    private static void Print(InventoryLine line)
    {
        var report = line.Report;
        Console.WriteLine($"{report.Verdict.ToString().ToLowerInvariant(),-11} {line.Subject}{(line.Name == line.Subject ? "" : $"  {line.Name}")}");
        foreach (var finding in report.Findings)
        {
            Console.WriteLine($"            {finding.Message}");
        }

        // Where it begins, in its own line, for who greps: everything before it can be relied upon.
        if (report.Findings.Where(finding => finding.Chunk is not null).Min(finding => finding.Chunk) is { } first)
        {
            Console.WriteLine($"            first bad chunk: {first}");
        }
        else if (report.Verdict != Verdict.Broken)
        {
            Console.WriteLine($"            {report.Chunks} chunks{(report.SignatureChecked ? ", signed by its gateway" : ", no signature yet")}");
        }
    }

    private static Task AuditAsync(IServiceProvider services, InventoryLine line, CancellationToken cancellationToken) => RecordingCommands.AuditAsync(
        services,
        AuditAction.RecordingVerified,
        line.TenantId,
        line.Subject,
        line.Name,
        line.Report.Verdict == Verdict.Broken ? AuditResult.Failed : AuditResult.Success,
        $"{line.Report.Verdict}. {string.Join(' ', line.Report.Findings.Select(f => f.Message))}",
        cancellationToken);
}
