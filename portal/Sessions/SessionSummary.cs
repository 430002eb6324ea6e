using Sallyport.Contracts;
using Sallyport.Portal.Access;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Sessions;

/// <summary>A session with the names that people know its parts by.</summary>
public sealed class SessionSummary
{
    public required Session Session { get; init; }

    public required Grant Grant { get; init; }

    public required string User { get; init; }

    public required string Service { get; init; }

    public required ServiceKind Kind { get; init; }

    public required string Asset { get; init; }

    public required string Plant { get; init; }

    public required ScreenSettings? Screen { get; init; }

    /// <summary>Null where control is nothing to ask for.</summary>
    public ScreenControl? Control => Screen?.Control;

    internal static IQueryable<SessionSummary> Query(PortalDb db) =>
        from session in db.Sessions
        join g in db.Grants on session.GrantId equals g.Id
        join u in db.People on session.UserId equals u.Id
        join s in db.Services on session.ServiceId equals s.Id
        join a in db.Assets on session.AssetId equals a.Id
        join p in db.Plants on session.PlantId equals p.Id
        select new SessionSummary { Session = session, Grant = g, User = u.Name, Service = s.Name, Asset = a.Name, Plant = p.Name, Kind = s.Kind, Screen = s.Screen };
}
