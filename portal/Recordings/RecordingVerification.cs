using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts.Signing;
using Sallyport.Portal.Data;
using Sallyport.Recording;

namespace Sallyport.Portal.Recordings;

/// <summary>Checks a recording against its own chain, the key of the gateway that made it, and the newest head that the audit log holds.</summary>
public sealed class RecordingVerification(PortalDbFactory factory, RecordingStore store, AuditedRecordingHeads heads)
{
    /// <summary>A recording of the library, wherever its file is now.</summary>
    public Task<VerificationReport> VerifyAsync(SessionRecording recording, CancellationToken cancellationToken) =>
        VerifyAsync(() => store.Open(recording), recording.SessionId, recording, cancellationToken);

    /// <summary>A file, which says itself whose it is.</summary>
    internal async Task<VerificationReport> VerifyFileAsync(Func<FileStream> open, CancellationToken cancellationToken)
    {
        RecordingHeader header;
        try
        {
            await using var file = open();
            using var reader = await RecordingReader.OpenAsync(file, null, cancellationToken);
            header = reader.Header;
        }
        catch (RecordingException e)
        {
            return Broken(e.Message);
        }

        await using var db = factory.ForSystem();
        return await db.Recordings.AsNoTracking().FirstOrDefaultAsync(r => r.SessionId == header.SessionId, cancellationToken) is { } recording
            ? await VerifyAsync(open, header.SessionId, recording, cancellationToken)
            : With(await VerifyAsync(open, header.SessionId, null, cancellationToken), "This portal knows no such recording.");
    }

    private async Task<VerificationReport> VerifyAsync(Func<FileStream> open, Guid sessionId, SessionRecording? recording, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = open();
            using var gatewayKey = await GatewayKeyAsync(sessionId, recording, cancellationToken);
            using var key = store.Key();
            var report = await RecordingVerifier.VerifyAsync(file, gatewayKey, await heads.NewestAsync(sessionId, cancellationToken), key, cancellationToken);
            return report switch
            {
                { Header: { } header } when recording is not null && RecordingFiles.Fault(header, recording) is { } fault => With(report, fault),

                // A trailer is 8 bytes: without them the chain still passes through the head.
                { Verdict: Verdict.Interrupted } when recording is { State: RecordingState.Sealed } => With(report, "The gateway sealed this recording, and its end is gone."),
                { Verdict: Verdict.Intact, SignatureChecked: false } => With(report, "It is signed by no gateway of this portal."),
                _ => report,
            };
        }
        catch (RecordingException e)
        {
            return Broken(e.Message);
        }
    }

    private async Task<ECDsa?> GatewayKeyAsync(Guid sessionId, SessionRecording? recording, CancellationToken cancellationToken)
    {
        if (recording is { GatewayKeyId: { } keyId, GatewaySpki: { } spki })
        {
            return new PublicKey(keyId, spki).Import();
        }

        await using var db = factory.ForSystem();
        var gateway = await db.Gateways.IgnoreQueryFilters().AsNoTracking().FirstOrDefaultAsync(g => db.Sessions.Any(s => s.Id == sessionId && s.GatewayId == g.Id), cancellationToken);
        return gateway is null or { Spki.Length: 0 } ? null : new PublicKey(gateway.KeyId, gateway.Spki).Import();
    }

    /// <summary>Of what cannot be checked any further.</summary>
    internal static VerificationReport Broken(string message) => new(Verdict.Broken, null, 0, null, false, [new Finding(null, message)]);

    private static VerificationReport With(VerificationReport report, string finding) => report with { Verdict = Verdict.Broken, Findings = [new Finding(null, finding), .. report.Findings] };
}
