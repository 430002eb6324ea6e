using Microsoft.Extensions.Options;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Contracts.Tickets;
using Sallyport.Gateway.Link;
using Sallyport.Gateway.Terminal.Ssh;
using Sallyport.Recording;

namespace Sallyport.Gateway.Sessions;

/// <summary>From a ticket to a running session: check it, redeem it, begin the recording, and only then connect.</summary>
public sealed partial class SessionOpener(IOptions<GatewayOptions> options, LinkClient client, PortalLink link, SessionRegistry registry, TimeProvider time, ILogger<SessionOpener> log)
{
    public async Task<(TerminalSession? Session, string? Error, string? Message)> OpenAsync(string ticketText, int columns, int rows, string? clientAddress, CancellationToken cancellationToken)
    {
        if (!link.IsUp || client.Component is not { } component)
        {
            return (null, "portal_away", "The gateway has lost the portal and starts no sessions until it is back. Try again in a minute.");
        }

        var (ticket, fault) = Ticket.Check(ticketText, component.ComponentId, time.GetUtcNow(), link.FindTicketKey);
        if (fault is { } refused)
        {
            link.Report(GatewayRoutes.Refusals, new TicketRefusal(refused, ticket?.Sub, ticket?.Jti, clientAddress));
            return (null, "ticket_refused", "The ticket is not valid here or has expired. Connect again from the asset's page.");
        }

        SessionOrder? order;
        try
        {
            (order, _) = await client.AskAsync<TicketRedemption, SessionOrder>(GatewayRoutes.Redeem, new TicketRedemption(ticketText, clientAddress), cancellationToken);
        }
        catch (HttpRequestException)
        {
            return (null, "portal_away", "The portal does not answer the gateway. Try again in a minute.");
        }

        if (order is null)
        {
            return (null, "ticket_refused", "The ticket was used before, or its session is over. Connect again from the asset's page.");
        }

        registry.BeginOpening(order.SessionId);
        try
        {
            return await StartAsync(order, columns, rows, clientAddress, cancellationToken);
        }
        finally
        {
            registry.EndOpening(order.SessionId);
        }
    }

    private async Task<(TerminalSession?, string?, string?)> StartAsync(SessionOrder order, int columns, int rows, string? clientAddress, CancellationToken cancellationToken)
    {
        RecordingWriter recording;
        try
        {
            recording = await BeginRecordingAsync(order, clientAddress, cancellationToken);
            await recording.WriteAsync(RecordingEventKind.Resize, TerminalSession.SizeEvent(columns, rows), cancellationToken);
        }
        catch (RecordingException e)
        {
            Log.RecordingFailed(log, order.SessionId, e.Message);
            const string message = "The session was not started because it cannot be recorded (is the disk full?). Tell an admin.";
            link.Report(Route(GatewayRoutes.Ended, order), new SessionEnded(time.GetUtcNow(), SessionEndReason.RecordingFailed, message, null, false));
            return (null, "recording_failed", message);
        }

        try
        {
            if (order.HostKey is null)
            {
                throw new SshFailureException(SessionEndReason.HostKeyChanged, "No host key is pinned for this service.");
            }

            var shell = await SshShell.OpenAsync(order.Address, order.Port, order.Credential, order.HostKey, columns, rows, cancellationToken);

            // The credential has done its work; nothing here keeps it.
            var session = new TerminalSession(order with { Credential = new AssetCredential("", null, null) }, shell, recording, link, registry, time);
            registry.Add(session);
            return (session, null, null);
        }
        catch (Exception e) when (e is SshFailureException or OperationCanceledException)
        {
            var (reason, message) = e is SshFailureException failure ? (failure.Reason, failure.Message) : (SessionEndReason.BrowserLost, "The browser left before the asset answered.");
            await recording.WriteAsync(RecordingEventKind.Marker, System.Text.Encoding.UTF8.GetBytes($"Ended: {message}"), CancellationToken.None);
            var head = await recording.SealAsync(System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(reason.ToString()), CancellationToken.None);
            await recording.DisposeAsync();
            link.Report(Route(GatewayRoutes.Ended, order), new SessionEnded(time.GetUtcNow(), reason, message, new RecordingHeadReport(head.Chunk, head.Hash, head.Length, time.GetUtcNow()), true));
            return (null, System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString()), message);
        }
    }

    private async Task<RecordingWriter> BeginRecordingAsync(SessionOrder order, string? clientAddress, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var file = Path.Combine($"{now:yyyy-MM}", $"{order.SessionId}.sprec");
        var header = new RecordingHeader(
            order.SessionId,
            order.TenantId,
            Party(order.User)!,
            Party(order.Plant)!,
            Party(order.Asset)!,
            Party(order.Service)!,
            order.Kind.ToString().ToLowerInvariant(),
            new Party(client.Component!.ComponentId, client.Component.Name),
            client.PublicKey.KeyId,
            order.Purpose,
            Party(order.ApprovedBy),
            Party(order.ReleasedBy),
            now,
            order.EndsAt);
        var writer = await RecordingWriter.CreateAsync(
            Path.Combine(options.Value.RecordingStore, file),
            header,
            new RecordingRecipient(order.RecordingKey.KeyId, order.RecordingKey.Spki),
            client.Key,
            time,
            cancellationToken);
        link.Report(Route(GatewayRoutes.Started, order), new SessionStarted(now, file, clientAddress));
        return writer;

        static Party? Party(PartyName? name) => name is null ? null : new Party(name.Id, name.Name);
    }

    private static string Route(string pattern, SessionOrder order) => pattern.Replace("{id}", order.SessionId.ToString(), StringComparison.Ordinal);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Session {SessionId} was not started: {Reason}")]
        public static partial void RecordingFailed(ILogger logger, Guid sessionId, string reason);
    }
}
