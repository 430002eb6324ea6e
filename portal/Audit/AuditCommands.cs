using System.CommandLine;
using System.Globalization;
using Npgsql;

namespace Sallyport.Portal.Audit;

/// <summary><c>portal audit verify</c> and <c>portal audit head</c>.</summary>
internal static class AuditCommands
{
    public static Command Create(PortalServices portal)
    {
        var head = new Option<string?>("--head") { Description = "NUMBER:HASH as `portal audit head` printed it before; shows a log that was cut or rewritten since." };
        var verify = new Command("verify", "Checks the chain and names the first broken entry.") { head };
        verify.SetAction(async (result, cancellationToken) =>
        {
            (long, string)? kept = null;
            if (result.GetValue(head) is { } text)
            {
                if (text.Split(':') is not [var number, { Length: 64 } hash] || !long.TryParse(number, CultureInfo.InvariantCulture, out var seq))
                {
                    await Console.Error.WriteLineAsync("--head takes NUMBER:HASH, as `portal audit head` prints it.");
                    return 2;
                }

                kept = (seq, hash);
            }

            var verification = await RunAsync(portal, kept, cancellationToken);
            Console.WriteLine(verification.Message);
            return verification.FirstBroken is null ? 0 : 1;
        });
        var print = new Command("head", "Prints the newest entry's number and hash, to be kept elsewhere.");
        print.SetAction(async (_, cancellationToken) =>
        {
            var verification = await RunAsync(portal, null, cancellationToken);
            Console.WriteLine(verification.FirstBroken is null ? verification.Head : verification.Message);
            return verification.FirstBroken is null ? 0 : 1;
        });
        return new Command("audit", "Checks the audit log.") { verify, print };
    }

    private static async Task<AuditVerification> RunAsync(PortalServices portal, (long, string)? kept, CancellationToken cancellationToken)
    {
        using var host = portal();
        return await new AuditVerifier(host.Services.GetRequiredService<NpgsqlDataSource>()).VerifyAsync(kept, cancellationToken);
    }
}
