using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Audit;

public enum AuditResult
{
    Success,
    Refused,
    Failed,
}

/// <summary>What is known of one audited act; the log adds time, number and hash.</summary>
/// <param name="Action">One of <see cref="AuditAction"/>.</param>
/// <param name="SubjectType">What it was done to: <c>session</c>, <c>grant</c>, <c>plant</c>, <c>user</c>, …</param>
/// <param name="Reason">Why, or what went wrong, for a person. Never a secret.</param>
/// <param name="Requirement">The IEC 62443-3-3 system requirement that it serves, such as <c>SR 1.13</c>.</param>
/// <param name="Detail">Further facts by name, such as the two fingerprints of a changed host key.</param>
public sealed record AuditEvent(
    Guid? TenantId,
    Guid? ActorId,
    string ActorName,
    string? Address,
    AuditAction Action,
    string SubjectType,
    string SubjectId,
    string SubjectName,
    AuditResult Result,
    string? Reason,
    IReadOnlyDictionary<string, string>? Detail = null)
{
    public static AuditEvent By(
        Actor actor,
        AuditAction action,
        string subjectType,
        Guid subjectId,
        string subjectName,
        AuditResult result = AuditResult.Success,
        string? reason = null,
        IReadOnlyDictionary<string, string>? detail = null) =>
        new(actor.TenantId, actor.UserId, actor.Name, actor.Address, action, subjectType, subjectId.ToString(), subjectName, result, reason, detail);

    /// <param name="actor">Null: the portal itself.</param>
    public static AuditEvent By(Actor? actor, Guid tenantId, AuditAction action, string subjectType, Guid subjectId, string subjectName, string? reason = null, IReadOnlyDictionary<string, string>? detail = null) =>
        actor is not null
            ? By(actor, action, subjectType, subjectId, subjectName, reason: reason, detail: detail)
            : BySystem("portal", tenantId, action, subjectType, subjectId.ToString(), subjectName, reason: reason, detail: detail);

    /// <summary>By the portal itself, a gateway or a hub.</summary>
    public static AuditEvent BySystem(
        string actorName,
        Guid? tenantId,
        AuditAction action,
        string subjectType,
        string subjectId,
        string subjectName,
        AuditResult result = AuditResult.Success,
        string? reason = null,
        IReadOnlyDictionary<string, string>? detail = null) =>
        new(tenantId, null, actorName, null, action, subjectType, subjectId, subjectName, result, reason, detail);
}
