namespace Sallyport.Recording;

/// <summary>
/// Who, what, when and why, in clear at the start of the file and bound into the hash chain, so that a recording
/// explains itself without the portal's database.
/// </summary>
/// <param name="Service">Name of the way in, such as <c>ssh</c>.</param>
/// <param name="Kind">The protocol: <c>ssh</c>, <c>vnc</c>, …</param>
/// <param name="GatewayKeyId">Whose signature the recording ends with.</param>
public sealed record RecordingHeader(
    Guid SessionId,
    Guid TenantId,
    Party User,
    Party Plant,
    Party Asset,
    Party Service,
    string Kind,
    Party Gateway,
    string GatewayKeyId,
    string Purpose,
    Party? ApprovedBy,
    Party? ReleasedBy,
    DateTimeOffset StartedAt,
    DateTimeOffset GrantEndsAt);

/// <summary>An id with the name it had at the time.</summary>
public sealed record Party(Guid Id, string Name);
