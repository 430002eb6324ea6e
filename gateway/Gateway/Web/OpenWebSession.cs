using Sallyport.Contracts.Tickets;

namespace Sallyport.Gateway.Web;

/// <summary>
/// From a ticket to a running web session: check it, redeem it, begin the recording, and only then open the asset. A ticket for
/// another session than <paramref name="sessionId"/>, whose origin the browser is at, must be refused before it is redeemed.
/// </summary>
/// <param name="ticket">As the browser brought it.</param>
/// <param name="use">To begin the session, or to take over the one that runs here; a ticket for another use is refused.</param>
public delegate Task<WebOpening> OpenWebSession(string ticket, TicketUse use, Guid sessionId, string? clientAddress, CancellationToken cancellationToken);

/// <param name="Session">Null when it was not opened.</param>
/// <param name="Message">Why not, for the person.</param>
public sealed record WebOpening(WebSession? Session, string? Message);
