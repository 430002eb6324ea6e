using Sallyport.Contracts;

namespace Sallyport.Gateway.Sessions;

/// <summary>Why a browser is not let in or has to leave, as a code for its page and a sentence for its user.</summary>
internal static class Refusals
{
    public static readonly RefusedMessage PortalLost = new("portal_away", "The gateway has lost the portal and starts no sessions until it is back. Try again in a minute.");
    public static readonly RefusedMessage PortalSilent = new("portal_away", "The portal does not answer the gateway. Try again in a minute.");
    public static readonly RefusedMessage TicketInvalid = new("ticket_refused", "The ticket is not valid here or has expired. Connect again from the asset's page.");
    public static readonly RefusedMessage TicketSpent = new("ticket_refused", "The ticket was used before, or its session is over. Connect again from the asset's page.");
    public static readonly RefusedMessage TicketOfOtherKind = new("ticket_refused", "The ticket is for another kind of service. Connect again from the asset's page.");
    public static readonly RefusedMessage PortalLostForJoining = new("portal_away", "The gateway has lost the portal; nobody can join a session until it is back. Try again in a minute.");
    public static readonly RefusedMessage TicketInvalidForJoining = new("ticket_refused", "The ticket is not valid here or has expired. Open the page again.");
    public static readonly RefusedMessage SessionOver = new("session_over", "The session is over.");
    public static readonly RefusedMessage SessionElsewhere = new("session_over", "The session is over, or is open in another window.");
    public static readonly RefusedMessage TakenOver = new("taken_over", "You went on with this session in another window.");
    public static readonly RefusedMessage UnknownMessage = new("bad_message", "The first message must open, resume or watch a session.");
    public static readonly RefusedMessage TooLate = new("late", "The page showed no ticket in time. Connect again.");

    /// <summary>A session that ended while it was opened.</summary>
    public static RefusedMessage Ended(SessionEndReason reason, string message) => new(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString()), message);
}
