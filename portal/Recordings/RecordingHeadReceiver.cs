using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Recordings;

/// <summary>Takes the head of a running recording's hash chain from its gateway and writes it into the audit log, where no gateway can change it.</summary>
public sealed class RecordingHeadReceiver(PortalDbFactory factory, AuditLog audit, TimeProvider time)
{
    public async Task TakeAsync(Guid gatewayId, Guid sessionId, RecordingHeadReport head, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        var tenantId = await db.Sessions.Where(s => s.Id == sessionId && s.GatewayId == gatewayId).Select(s => (Guid?)s.TenantId).FirstOrDefaultAsync(cancellationToken);
        var now = time.GetUtcNow();
        if (tenantId is null || head.Hash.Length != 43)
        {
            return;
        }

        // Into the log first: a head that is only in the row could be changed with it.
        await audit.AppendAsync(AuditEvent.BySystem("gateway", tenantId, AuditAction.RecordingHead, "session", sessionId.ToString(), "recording", detail: Detail(head)), cancellationToken);
        await db.Recordings
            .Where(r => r.SessionId == sessionId && r.State == RecordingState.Running && r.HeadChunk < head.Chunk)
            .ExecuteUpdateAsync(r => r.SetProperty(x => x.HeadChunk, head.Chunk).SetProperty(x => x.HeadHash, head.Hash).SetProperty(x => x.HeadLength, head.Length).SetProperty(x => x.HeadAt, now), cancellationToken);
    }

    internal static Dictionary<string, string> Detail(RecordingHeadReport head) => new()
    {
        ["chunk"] = head.Chunk.ToString(CultureInfo.InvariantCulture),
        ["hash"] = head.Hash,
        ["length"] = head.Length.ToString(CultureInfo.InvariantCulture),
    };
}
