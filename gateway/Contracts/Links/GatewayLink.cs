using Sallyport.Contracts.Signing;
using Sallyport.Contracts.Tickets;

namespace Sallyport.Contracts.Links;

/// <summary>
/// The control link between portal and gateway, always dialled by the gateway. It reads server-sent events from
/// <see cref="Events"/> (event name = one of <see cref="GatewayEvent"/>, data = the record named there) and posts JSON to the rest.
/// </summary>
public static class GatewayRoutes
{
    public const string Events = "/link/gateway/events";

    /// <summary><see cref="RunningSessions"/> → <see cref="SessionsToEnd"/>; posted whenever the event stream has (re)connected.</summary>
    public const string Sync = "/link/gateway/sync";

    /// <summary><see cref="TicketRedemption"/> → <see cref="SessionSpec"/>, or 409 with a <see cref="LinkError"/>.</summary>
    public const string Redeem = "/link/gateway/redeem";

    /// <summary><see cref="TicketRefusal"/>: a ticket that the gateway refused by itself.</summary>
    public const string Refusals = "/link/gateway/refusals";

    /// <summary><see cref="SessionStarted"/></summary>
    public const string Started = "/link/gateway/sessions/{id}/started";

    /// <summary><see cref="SessionConnected"/></summary>
    public const string Connected = "/link/gateway/sessions/{id}/connected";

    /// <summary><see cref="RecordingHeadReport"/>, at least every 10 s.</summary>
    public const string Head = "/link/gateway/sessions/{id}/head";

    /// <summary><see cref="ControlAsked"/></summary>
    public const string Control = "/link/gateway/sessions/{id}/control";

    /// <summary><see cref="TicketRedemption"/> → <see cref="WatchSpec"/>, or 409 with a <see cref="LinkError"/>.</summary>
    public const string RedeemWatch = "/link/gateway/redeem-watch";

    /// <summary><see cref="TicketRedemption"/> → <see cref="TakeOverSpec"/>, or 409 with a <see cref="LinkError"/>.</summary>
    public const string RedeemTakeOver = "/link/gateway/redeem-take-over";

    /// <summary><see cref="SessionEnded"/></summary>
    public const string Ended = "/link/gateway/sessions/{id}/ended";

    /// <summary><see cref="HostKeyScanResult"/></summary>
    public const string Scans = "/link/gateway/scans/{id}";

    public static string OfSession(string route, Guid sessionId) => route.Replace("{id}", sessionId.ToString(), StringComparison.Ordinal);
}

/// <summary>Names of the events that the portal sends to a gateway.</summary>
public static class GatewayEvent
{
    /// <summary><see cref="GatewayHello"/>, first on every connection.</summary>
    public const string Hello = "hello";

    /// <summary><see cref="EndSession"/></summary>
    public const string EndSession = "end-session";

    /// <summary><see cref="Links.EndWatch"/></summary>
    public const string EndWatch = "end-watch";

    /// <summary><see cref="SessionWindow"/>: the grant's end was moved.</summary>
    public const string SessionWindow = "session-window";

    /// <summary><see cref="ControlAnswer"/></summary>
    public const string Control = "control";

    /// <summary><see cref="HostKeyScan"/></summary>
    public const string HostKeyScan = "host-key-scan";

    /// <summary>No data; sent every 15 s so that a dead link is noticed.</summary>
    public const string Ping = "ping";
}

/// <param name="TicketKeys">The keys that tickets are signed with; the gateway replaces what it had.</param>
/// <param name="PortalOrigin">The only web origin whose pages may open a session here.</param>
public sealed record GatewayHello(IReadOnlyList<PublicKey> TicketKeys, string PortalOrigin, DateTimeOffset Now);

public sealed record EndSession(Guid SessionId, SessionEndReason Reason, string Message);

/// <summary>Somebody who watches may not any more. The session itself goes on.</summary>
/// <param name="Message">For the watcher.</param>
public sealed record EndWatch(Guid SessionId, Guid WatchId, string Message);

public sealed record SessionWindow(Guid SessionId, DateTimeOffset EndsAt);

/// <summary>Somebody who may, answered the user's wish for control, or took it back.</summary>
/// <param name="By">Shown to the user.</param>
public sealed record ControlAnswer(Guid SessionId, bool Granted, string By);

/// <summary>The user of a screen wants control, or gave it back.</summary>
public sealed record ControlAsked(bool Wanted);

/// <summary>What a gateway learns of somebody who comes to watch a session that runs there.</summary>
public sealed record WatchSpec(Guid SessionId, Guid WatchId, PartyName Watcher);

/// <summary>The session's own user goes on with it in another browser.</summary>
public sealed record TakeOverSpec(Guid SessionId);

/// <summary>Connect, read the key that the server shows (SSH host key, or certificate), and hang up. The portal has opened the path for it.</summary>
/// <param name="LegacySsh">Old algorithms that the service may speak; null: none.</param>
public sealed record HostKeyScan(Guid ScanId, string Address, int Port, ServiceKind Kind, IReadOnlyList<string>? LegacySsh = null);

/// <param name="HostKey">SSH: the key blob of RFC 4253, section 6.6, base64. Certificate: what the gateway pins it by. Null when it failed.</param>
/// <param name="Algorithm">Such as <c>ssh-ed25519</c>; for a certificate, its subject.</param>
/// <param name="Fingerprint">As OpenSSH prints it: <c>SHA256:…</c>.</param>
/// <param name="Error">For a person; null when it succeeded.</param>
/// <param name="LegacyNeeded">The old algorithms that the asset would have to be allowed; null: none, or they would not help.</param>
public sealed record HostKeyScanResult(string? HostKey, string? Algorithm, string? Fingerprint, string? Error, IReadOnlyList<string>? LegacyNeeded = null);

/// <param name="Facts">What the gateway says of itself now: its settings may have changed since it enrolled. Where it stands in the network stays as it enrolled.</param>
/// <param name="Watches">Who is being let watch.</param>
public sealed record RunningSessions(IReadOnlyList<Guid> SessionIds, GatewayInfo? Facts = null, IReadOnlyList<Guid>? Watches = null);

/// <param name="EndsAt">The window in force of every session that may go on.</param>
/// <param name="EndWatches">Those who may not watch any more.</param>
public sealed record SessionsToEnd(IReadOnlyList<EndSession> End, IReadOnlyList<SessionWindow> EndsAt, IReadOnlyList<EndWatch>? EndWatches = null);

/// <param name="ClientAddress">The browser's IP address, for the audit log.</param>
public sealed record TicketRedemption(string Ticket, string? ClientAddress);

public sealed record TicketRefusal(TicketFault Fault, Guid? SessionId, string? Jti, string? ClientAddress);

/// <summary>
/// Everything that a gateway learns of a session, and forgets at its end. The only message that carries a plant's
/// credential: it is never logged and has no readable <see cref="ToString"/>.
/// </summary>
/// <param name="HostKey">The pinned key of the server; SSH, and web over TLS, are refused without one.</param>
/// <param name="LanAddress">The asset's address on the plant's LAN, as the asset knows itself; <paramref name="Address"/> is how it is reached.</param>
/// <param name="Screen">For screens.</param>
/// <param name="Web">For web HMIs.</param>
/// <param name="LegacySsh">Old algorithms that the service may speak now; null: none.</param>
/// <param name="IdleTimeoutSeconds">Without input for that long, the session ends. 0: never.</param>
/// <param name="LinkGraceSeconds">How long the session waits for a browser whose link dropped.</param>
public sealed record SessionSpec(
    Guid SessionId,
    Guid TenantId,
    PartyName User,
    PartyName Plant,
    PartyName Asset,
    PartyName Service,
    ServiceKind Kind,
    string Address,
    int Port,
    AssetCredential Credential,
    string? HostKey,
    string Purpose,
    PartyName? ApprovedBy,
    PartyName? ReleasedBy,
    DateTimeOffset EndsAt,
    int IdleTimeoutSeconds,
    int LinkGraceSeconds,
    RecordingKeySpec RecordingKey,
    string? LanAddress = null,
    ScreenSettings? Screen = null,
    WebSettings? Web = null,
    IReadOnlyList<string>? LegacySsh = null)
{
    public override string ToString() => $"SessionSpec {SessionId}";
}

/// <summary>An id with the name that people know it by, at the time of the session.</summary>
public sealed record PartyName(Guid Id, string Name);

/// <summary>What the gateway presents to the asset. Exactly one of the two secrets is set.</summary>
/// <param name="PrivateKey">PEM or OpenSSH format.</param>
/// <param name="ViewPassword">Of a screen that has one for looking beside <paramref name="Password"/> for working.</param>
/// <param name="Passphrase">Opens <paramref name="PrivateKey"/>; null: it is open.</param>
/// <param name="Certificate">Of <paramref name="PrivateKey"/>, in OpenSSH's form; null: the key alone.</param>
public sealed record AssetCredential(string UserName, string? Password, string? PrivateKey, string? ViewPassword = null, string? Passphrase = null, string? Certificate = null)
{
    /// <summary>What is left of one that has done its work.</summary>
    public static readonly AssetCredential None = new("", null, null);

    public override string ToString() => "AssetCredential";
}

/// <summary>The key-encryption key that the recording's own key is wrapped for. The gateway never has its private half.</summary>
/// <param name="File">Where the recording goes, below the recording store. The portal says it, and opens nothing else as this session's.</param>
public sealed record RecordingKeySpec(string KeyId, string Spki, string File);

public sealed record SessionStarted(DateTimeOffset At, string? ClientAddress);

/// <summary>The asset let the gateway in.</summary>
/// <param name="Algorithms">What encrypts and proves the connection between gateway and asset, each once: for the key exchange, the host key, both directions.</param>
public sealed record SessionConnected(IReadOnlyList<string> Algorithms);

/// <summary>The head of a recording's hash chain: what proves later that nothing was cut off.</summary>
/// <param name="Chunk">Number of the newest chunk, from 0; -1 for the header alone.</param>
/// <param name="Hash">SHA-256 of that chunk as stored, base64url.</param>
/// <param name="Length">Bytes of the file up to and with that chunk.</param>
public sealed record RecordingHeadReport(long Chunk, string Hash, long Length, DateTimeOffset At);

/// <param name="Head">The last head; null when no recording was begun.</param>
/// <param name="Sealed">True when the recording was closed with index and signature.</param>
public sealed record SessionEnded(DateTimeOffset At, SessionEndReason Reason, string Message, RecordingHeadReport? Head, bool Sealed);
