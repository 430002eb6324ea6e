using Microsoft.Extensions.Options;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Contracts.Tickets;
using Sallyport.Gateway.Link;
using Sallyport.Recording;

namespace Sallyport.Gateway.Sessions;

/// <summary>From a ticket to a running session: check it, redeem it, begin the recording, and only then connect.</summary>
public sealed partial class SessionOpener(IOptions<GatewayOptions> options, LinkClient client, PortalLink link, SessionRegistry registry, PathGuard paths, TimeProvider time, ILogger<SessionOpener> log)
{
    /// <inheritdoc cref="OpenAsync{TSession}(string, Guid?, ServiceKind, string?, Func{SessionContext, CancellationToken, Task{TSession}}, CancellationToken)"/>
    internal Task<OpenOutcome<TSession>> OpenAsync<TSession>(string ticketText, ServiceKind kind, string? clientAddress, Func<SessionContext, CancellationToken, Task<TSession>> connect, CancellationToken cancellationToken)
        where TSession : BrokeredSession =>
        OpenAsync(ticketText, null, kind, clientAddress, connect, cancellationToken);

    /// <param name="sessionId">The only session that may be opened here; a ticket for another one is refused and stays unspent. Null: whichever the ticket is for.</param>
    /// <param name="kind">What the caller can broker: a ticket for another kind of service is refused.</param>
    /// <param name="connect">Connects to the asset; its failures are <see cref="AssetFailureException"/>.</param>
    internal async Task<OpenOutcome<TSession>> OpenAsync<TSession>(
        string ticketText, Guid? sessionId, ServiceKind kind, string? clientAddress, Func<SessionContext, CancellationToken, Task<TSession>> connect, CancellationToken cancellationToken)
        where TSession : BrokeredSession
    {
        var started = time.GetTimestamp();
        var opened = await RedeemAsync(ticketText, sessionId, kind, clientAddress, connect, cancellationToken);
        GatewayMetrics.Opened(kind, time.GetElapsedTime(started), opened.Refusal?.Error);
        return opened;
    }

    private async Task<OpenOutcome<TSession>> RedeemAsync<TSession>(
        string ticketText, Guid? sessionId, ServiceKind kind, string? clientAddress, Func<SessionContext, CancellationToken, Task<TSession>> connect, CancellationToken cancellationToken)
        where TSession : BrokeredSession
    {
        if (!link.IsUp || client.Component is not { } component)
        {
            return Refusals.PortalLost;
        }

        var (ticket, fault) = Ticket.Check(ticketText, component.ComponentId, time.GetUtcNow(), link.FindTicketKey);
        fault ??= ticket!.Use != TicketUse.Open ? TicketFault.Invalid : null;
        fault ??= sessionId is { } only && ticket!.Sub != only ? TicketFault.OtherSession : null;
        if (fault is { } refused)
        {
            link.Report(GatewayRoutes.Refusals, new TicketRefusal(refused, ticket?.Sub, ticket?.Jti, clientAddress));
            return Refusals.TicketInvalid;
        }

        SessionSpec? order;
        try
        {
            (order, _) = await client.AskAsync<TicketRedemption, SessionSpec>(GatewayRoutes.Redeem, new TicketRedemption(ticketText, clientAddress), cancellationToken);
        }
        catch (HttpRequestException)
        {
            return Refusals.PortalSilent;
        }

        if (order is null)
        {
            return Refusals.TicketSpent;
        }

        // Whatever the session logs from here on, to its end, says which one it is.
        using var scope = Log.Session(log, order.SessionId);
        using var opening = new OpeningSession();
        registry.BeginOpening(order.SessionId, opening);
        try
        {
            return await StartAsync(order, kind, clientAddress, connect, opening, cancellationToken);
        }
        finally
        {
            registry.EndOpening(order.SessionId);
        }
    }

    /// <summary>Lets somebody watch a session that runs here, by a ticket of their own.</summary>
    /// <returns>The session, which the browser was told of; or why not.</returns>
    internal async Task<OpenOutcome<TSession>> WatchAsync<TSession>(string ticketText, BrowserConnection browser, string? clientAddress, CancellationToken cancellationToken)
        where TSession : BrokeredSession
    {
        var (order, refusal) = await JoinAsync<WatchSpec>(ticketText, null, TicketUse.Watch, GatewayRoutes.RedeemWatch, clientAddress, cancellationToken);
        if (refusal is not null)
        {
            return refusal;
        }

        if (registry.Find(order!.SessionId) is not TSession session)
        {
            return Refusals.SessionOver;
        }

        try
        {
            browser.Send(SessionMessages.Json(SessionMessages.Opened, await session.WatchAsync(browser, order.WatchId, order.Watcher)));
            return session;
        }
        catch (RecordingException)
        {
            return Refusals.SessionOver;
        }
    }

    /// <summary>Finds the running session that its user goes on with in another browser.</summary>
    /// <param name="sessionId">The only session that may be taken over here; null: whichever the ticket is for.</param>
    internal async Task<OpenOutcome<TSession>> TakeOverAsync<TSession>(string ticketText, Guid? sessionId, string? clientAddress, CancellationToken cancellationToken)
        where TSession : BrokeredSession
    {
        var (order, refusal) = await JoinAsync<TakeOverSpec>(ticketText, sessionId, TicketUse.TakeOver, GatewayRoutes.RedeemTakeOver, clientAddress, cancellationToken);
        return refusal is not null ? refusal : registry.Find(order!.SessionId) is TSession session ? session : Refusals.SessionOver;
    }

    // Into a session that runs here already, by a ticket that the portal redeems for that alone.
    private async Task<(TOrder? Order, RefusedMessage? Refusal)> JoinAsync<TOrder>(string ticketText, Guid? sessionId, TicketUse use, string route, string? clientAddress, CancellationToken cancellationToken)
        where TOrder : class
    {
        if (!link.IsUp || client.Component is not { } component)
        {
            return (null, Refusals.PortalLostForJoining);
        }

        var (ticket, fault) = Ticket.Check(ticketText, component.ComponentId, time.GetUtcNow(), link.FindTicketKey);
        fault ??= ticket!.Use != use ? TicketFault.Invalid : sessionId is { } only && ticket.Sub != only ? TicketFault.OtherSession : null;
        if (fault is { } refused)
        {
            link.Report(GatewayRoutes.Refusals, new TicketRefusal(refused, ticket?.Sub, ticket?.Jti, clientAddress));
            return (null, Refusals.TicketInvalidForJoining);
        }

        try
        {
            var (order, _) = await client.AskAsync<TicketRedemption, TOrder>(route, new TicketRedemption(ticketText, clientAddress), cancellationToken);
            return (order, order is null ? Refusals.SessionOver : null);
        }
        catch (HttpRequestException)
        {
            return (null, Refusals.PortalSilent);
        }
    }

    private async Task<OpenOutcome<TSession>> StartAsync<TSession>(
        SessionSpec order, ServiceKind kind, string? clientAddress, Func<SessionContext, CancellationToken, Task<TSession>> connect, OpeningSession opening, CancellationToken cancellationToken)
        where TSession : BrokeredSession
    {
        if (order.Kind != kind)
        {
            link.Report(GatewayRoutes.OfSession(GatewayRoutes.Ended, order.SessionId), new SessionEnded(time.GetUtcNow(), SessionEndReason.NotStarted, Refusals.TicketOfOtherKind.Message, null, false));
            return Refusals.TicketOfOtherKind;
        }

        RecordingWriter? recording = null;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, opening.Over);
        try
        {
            recording = await BeginRecordingAsync(order, clientAddress, either.Token);
            paths.Look(order.Address);
            var session = await connect(new SessionContext(order, recording, link, registry, time), either.Token);
            registry.Add(session);
            session.Start();
            if (opening.Ended is var (reason, message))
            {
                // Between the asset's answer and here.
                session.End(reason, message);
            }

            return session;
        }
        catch (Exception e) when (opening.Ended is not null && e is AssetFailureException or OperationCanceledException)
        {
            return await AbortAsync(order, recording, opening.Ended!.Value.Reason, opening.Ended.Value.Message);
        }
        catch (RecordingException e)
        {
            Log.RecordingFailed(log, order.SessionId, e.Message);
            return await AbortAsync(order, recording, SessionEndReason.RecordingFailed, "The session was not started because it cannot be recorded (is the disk full?). Tell an admin.");
        }
        catch (AssetFailureException e)
        {
            return await AbortAsync(order, recording, e.Reason, e.Message);
        }
        catch (OperationCanceledException)
        {
            return await AbortAsync(order, recording, SessionEndReason.BrowserLost, "The browser left before the asset answered.");
        }
    }

    // What was begun is sealed and reported: a session that failed at its start is a session too.
    private async Task<RefusedMessage> AbortAsync(SessionSpec order, RecordingWriter? recording, SessionEndReason reason, string message)
    {
        RecordingHeadReport? report = null;
        var whole = false;
        if (recording is not null)
        {
            RecordingHead head;
            try
            {
                await recording.WriteAsync(RecordingEventKind.Marker, System.Text.Encoding.UTF8.GetBytes($"Ended: {message}"), CancellationToken.None);
                head = await recording.SealAsync(System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(reason.ToString()), CancellationToken.None);
                whole = true;
            }
            catch (RecordingException)
            {
                head = recording.Head;
            }

            await recording.DisposeAsync();
            GatewayMetrics.RecordingClosed(order.Kind, whole);
            report = new RecordingHeadReport(head.Chunk, head.Hash, head.Length, time.GetUtcNow());
        }

        link.Report(GatewayRoutes.OfSession(GatewayRoutes.Ended, order.SessionId), new SessionEnded(time.GetUtcNow(), reason, message, report, whole));
        return Refusals.Ended(reason, message);
    }

    private async Task<RecordingWriter> BeginRecordingAsync(SessionSpec order, string? clientAddress, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
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
            Path.Combine(options.Value.RecordingStore, order.RecordingKey.File),
            header,
            new RecordingRecipient(order.RecordingKey.KeyId, order.RecordingKey.Spki),
            client.Key,
            time,
            cancellationToken);
        link.Report(GatewayRoutes.OfSession(GatewayRoutes.Started, order.SessionId), new SessionStarted(now, clientAddress));
        return writer;

        static Party? Party(PartyName? name) => name is null ? null : new Party(name.Id, name.Name);
    }

    private static partial class Log
    {
        private static readonly Func<ILogger, Guid, IDisposable?> SessionScope = LoggerMessage.DefineScope<Guid>("Session {SessionId}");

        public static IDisposable? Session(ILogger logger, Guid sessionId) => SessionScope(logger, sessionId);

        [LoggerMessage(Level = LogLevel.Error, Message = "Session {SessionId} was not started: {Reason}")]
        public static partial void RecordingFailed(ILogger logger, Guid sessionId, string reason);
    }
}
