using Sallyport.Contracts.Links;
using Sallyport.Gateway.Link;

namespace Sallyport.Gateway.Sessions;

/// <summary>Carries out what the portal commands.</summary>
internal sealed class PortalCommands(SessionRegistry registry, IEnumerable<ISessionProtocol> protocols) : IPortalCommands
{
    public IEnumerable<Guid> Sessions => registry.Ids;

    public IEnumerable<Guid> Watches => registry.Watches;

    public void End(EndSession command) => registry.End(command.SessionId, command.Reason, command.Message);

    public void EndWatch(EndWatch command) => registry.Find(command.SessionId)?.EndWatch(command.WatchId, command.Message);

    public void MoveEnd(SessionWindow command) => registry.Find(command.SessionId)?.MoveEnd(command.EndsAt);

    public void AnswerControl(ControlAnswer command) => _ = registry.Find(command.SessionId)?.AnswerControlAsync(command);

    public Task<HostKeyScanResult> ScanAsync(HostKeyScan command, CancellationToken cancellationToken) =>
        protocols.FirstOrDefault(protocol => protocol.Kind == command.Kind) is { } protocol
            ? protocol.ScanAsync(command, cancellationToken)
            : Task.FromResult(new HostKeyScanResult(null, null, null, "Services of this kind show no key."));
}
