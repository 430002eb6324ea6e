using System.Security.Cryptography;
using Sallyport.Contracts.Signing;

namespace Sallyport.Contracts.Tickets;

/// <summary>
/// The claims of a ticket: one-use proof that lets a browser open one session at one gateway.
/// Names are those of RFC 7519, section 4.1; times are seconds since 1970 (UTC).
/// </summary>
/// <param name="Jti">Unique for each ticket; the portal redeems it once, ever.</param>
/// <param name="Aud">The id of the only gateway that may take it.</param>
/// <param name="Sub">The session that it opens.</param>
/// <param name="Exp">Redeemable until then: 30 s after <paramref name="Iat"/>.</param>
/// <param name="Ends">When the session must end at the latest, even if the portal cannot be asked again.</param>
/// <param name="Use">What its holder may do with the session.</param>
/// <param name="Sid">The portal's sign-in that a session is taken over by; null for other uses.</param>
public sealed record Ticket(string Jti, Guid Aud, Guid Sub, long Iat, long Exp, long Ends, TicketUse Use = TicketUse.Open, Guid? Sid = null)
{
    public const string Type = "sallyport-ticket+jwt";

    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    /// <summary>How far the clocks of portal and gateway may differ.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(5);

    public string Sign(string keyId, ECDsa key) => CompactJws.Sign(this, Type, keyId, key);

    /// <summary>Everything that a gateway can check by itself, before it asks the portal to redeem the ticket.</summary>
    public static TicketCheck Check(string token, Guid gatewayId, DateTimeOffset now, Func<string, ECDsa?> findKey)
    {
        var ticket = CompactJws.Verify<Ticket>(token, Type, findKey);
        return ticket switch
        {
            null => new(null, TicketFault.Invalid),
            _ when ticket.Aud != gatewayId => new(ticket, TicketFault.Foreign),
            _ when now > DateTimeOffset.FromUnixTimeSeconds(ticket.Exp) + ClockSkew => new(ticket, TicketFault.Expired),
            _ when now < DateTimeOffset.FromUnixTimeSeconds(ticket.Iat) - ClockSkew => new(ticket, TicketFault.NotYetValid),
            _ => new(ticket, null),
        };
    }
}

/// <param name="Claims">What the ticket says; null when its signature or form is wrong, so that nothing of it can be believed.</param>
/// <param name="Fault">Null when the ticket may be redeemed.</param>
public sealed record TicketCheck(Ticket? Claims, TicketFault? Fault);

/// <summary>What a ticket is good for. One for another use is not valid.</summary>
public enum TicketUse
{
    /// <summary>Begins the session.</summary>
    Open,

    /// <summary>Lets its holder see the running session, and do nothing in it.</summary>
    Watch,

    /// <summary>Moves the running session to another browser of its user.</summary>
    TakeOver,
}

/// <summary>Why a ticket was refused.</summary>
public enum TicketFault
{
    /// <summary>Malformed, altered, or not signed by the portal.</summary>
    Invalid,

    /// <summary>Made for another gateway.</summary>
    Foreign,
    Expired,
    NotYetValid,

    /// <summary>Redeemed before.</summary>
    Replayed,

    /// <summary>Its session is over or was withdrawn.</summary>
    SessionOver,

    /// <summary>Brought to another session's address.</summary>
    OtherSession,
}
