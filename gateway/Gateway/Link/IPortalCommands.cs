using Sallyport.Contracts.Links;

namespace Sallyport.Gateway.Link;

/// <summary>What the portal commands a gateway over the control link, and asks of it. The link knows nothing of sessions: they stand above it.</summary>
public interface IPortalCommands
{
    /// <summary>The sessions that run or are being opened here.</summary>
    IEnumerable<Guid> Sessions { get; }

    /// <summary>Who is being let watch.</summary>
    IEnumerable<Guid> Watches { get; }

    void End(EndSession command);

    void EndWatch(EndWatch command);

    void MoveEnd(SessionWindow command);

    void AnswerControl(ControlAnswer command);

    Task<HostKeyScanResult> ScanAsync(HostKeyScan command, CancellationToken cancellationToken);
}
