namespace Sallyport.Portal.Audit;

/// <summary>
/// A kind of audited act: a stable dotted name, and the system requirement of IEC 62443-3-3 that recording it serves.
/// </summary>
public sealed record AuditAction(string Name, string Requirement)
{
    // Identity
    public static readonly AuditAction SignIn = new("sign-in", "SR 1.1");
    public static readonly AuditAction SignOut = new("sign-out", "SR 1.1");
    public static readonly AuditAction FailedAttemptsReported = new("sign-in.failures-read", "SR 1.11");
    public static readonly AuditAction SignInDelayEnded = new("sign-in.delay-end", "SR 1.11");
    public static readonly AuditAction SignInEnded = new("sign-in.end", "SR 2.6");
    public static readonly AuditAction ProviderAdded = new("provider.add", "SR 1.1");
    public static readonly AuditAction ProviderChanged = new("provider.change", "SR 1.1");
    public static readonly AuditAction ProviderRemoved = new("provider.remove", "SR 1.1");
    public static readonly AuditAction UserAdded = new("user.add", "SR 1.3");
    public static readonly AuditAction UserChanged = new("user.change", "SR 1.3");
    public static readonly AuditAction UserDisabled = new("user.disable", "SR 1.3");
    public static readonly AuditAction PasswordChanged = new("user.password", "SR 1.5");
    public static readonly AuditAction FirstAdmin = new("first-admin", "SR 1.3");
    public static readonly AuditAction AccessDenied = new("access.deny", "SR 2.1");
    public static readonly AuditAction RequestRefused = new("request.refuse", "SR 3.5");
    public static readonly AuditAction ClientRefused = new("client.refuse", "SR 1.2");

    // Plants and overlay
    public static readonly AuditAction PlantAdded = new("plant.add", "SR 5.1");
    public static readonly AuditAction PlantChanged = new("plant.change", "SR 5.1");
    public static readonly AuditAction PlantRemoved = new("plant.remove", "SR 5.1");
    public static readonly AuditAction EnrollmentCodeMade = new("enrollment.code", "SR 1.2");
    public static readonly AuditAction Enrolled = new("enrollment.done", "SR 1.2");
    public static readonly AuditAction EnrollmentRefused = new("enrollment.refuse", "SR 1.2");
    public static readonly AuditAction EnrollmentEnded = new("enrollment.end", "SR 1.2");
    public static readonly AuditAction AssetAdded = new("asset.add", "SR 7.8");
    public static readonly AuditAction AssetChanged = new("asset.change", "SR 7.8");
    public static readonly AuditAction AssetRemoved = new("asset.remove", "SR 7.8");
    public static readonly AuditAction ServiceAdded = new("service.add", "SR 7.8");
    public static readonly AuditAction ServiceChanged = new("service.change", "SR 7.8");
    public static readonly AuditAction ServiceRemoved = new("service.remove", "SR 7.8");
    public static readonly AuditAction CredentialChanged = new("credential.change", "SR 1.5");
    public static readonly AuditAction LegacySshChanged = new("service.legacy-ssh", "SR 4.3");
    public static readonly AuditAction HostKeyScanned = new("host-key.scan", "SR 1.2");
    public static readonly AuditAction HostKeyPinned = new("host-key.pin", "SR 1.2");
    public static readonly AuditAction HostKeyChanged = new("host-key.changed", "SR 1.2");
    public static readonly AuditAction PathOpened = new("path.open", "SR 5.2");
    public static readonly AuditAction PathClosed = new("path.close", "SR 5.2");
    public static readonly AuditAction Drift = new("overlay.drift", "SR 7.6");
    public static readonly AuditAction ComponentConnected = new("component.connect", "SR 1.2");
    public static readonly AuditAction ComponentLost = new("component.lose", "SR 1.2");
    public static readonly AuditAction ComponentRefused = new("component.refuse", "SR 1.2");
    public static readonly AuditAction ComponentRemoved = new("component.remove", "SR 1.2");
    public static readonly AuditAction ComponentRekeyed = new("component.rekey", "SR 1.2");

    // Access
    public static readonly AuditAction AccessRequested = new("request.submit", "SR 1.13");
    public static readonly AuditAction RequestWithdrawn = new("request.withdraw", "SR 1.13");
    public static readonly AuditAction RequestApproved = new("request.approve", "SR 1.13");
    public static readonly AuditAction RequestDenied = new("request.deny", "SR 1.13");
    public static readonly AuditAction GrantRevoked = new("grant.revoke", "SR 2.6");
    public static readonly AuditAction GrantEnded = new("grant.end", "SR 2.6");
    public static readonly AuditAction PolicyChanged = new("policy.change", "SR 2.1");
    public static readonly AuditAction LockoutPlaced = new("lockout.place", "SR 2.6");
    public static readonly AuditAction LockoutLifted = new("lockout.lift", "SR 2.6");

    // Sessions
    public static readonly AuditAction SessionRequested = new("session.connect", "SR 1.13");
    public static readonly AuditAction ReleaseAsked = new("release.ask", "SR 1.13");
    public static readonly AuditAction Released = new("release.give", "SR 1.13");
    public static readonly AuditAction ReleaseRefused = new("release.refuse", "SR 1.13");
    public static readonly AuditAction TicketIssued = new("ticket.issue", "SR 3.8");
    public static readonly AuditAction TicketRedeemed = new("ticket.redeem", "SR 3.8");
    public static readonly AuditAction TicketRefused = new("ticket.refuse", "SR 3.8");
    public static readonly AuditAction SessionStarted = new("session.start", "SR 2.8");
    public static readonly AuditAction WeakEncryption = new("session.weak-encryption", "SR 4.3");
    public static readonly AuditAction SessionTakenOver = new("session.take-over", "SR 2.5");
    public static readonly AuditAction SessionWatched = new("session.watch", "SR 6.1");
    public static readonly AuditAction WatchEnded = new("session.watch-end", "SR 2.6");
    public static readonly AuditAction ControlAsked = new("control.ask", "SR 2.1");
    public static readonly AuditAction ControlGiven = new("control.give", "SR 2.1");
    public static readonly AuditAction ControlRefused = new("control.refuse", "SR 2.1");
    public static readonly AuditAction ControlEnded = new("control.end", "SR 2.1");
    public static readonly AuditAction SessionEnded = new("session.end", "SR 2.6");

    // Recordings
    public static readonly AuditAction RecordingHead = new("recording.head", "SR 3.9");
    public static readonly AuditAction RecordingReplayed = new("recording.replay", "SR 6.1");
    public static readonly AuditAction RecordingRefused = new("recording.refuse", "SR 3.9");
    public static readonly AuditAction RecordingExported = new("recording.export", "SR 6.1");
    public static readonly AuditAction RecordingVerified = new("recording.verify", "SR 3.9");
    public static readonly AuditAction AuditSearched = new("audit.search", "SR 6.1");

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyList<AuditAction> All { get; } =
        [.. typeof(AuditAction).GetFields(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static).Select(field => field.GetValue(null)).OfType<AuditAction>().OrderBy(action => action.Name, StringComparer.Ordinal)];
}
