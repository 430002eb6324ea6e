namespace Sallyport.Portal.Plants;

/// <summary>What hangs on a service, an asset or a plant right now, and goes with it.</summary>
/// <param name="Sessions">That run or are about to.</param>
/// <param name="Grants">In force or still to come.</param>
/// <param name="Requests">That wait for an admin.</param>
public sealed record Usage(int Sessions, int Grants, int Requests)
{
    public static readonly Usage None = new(0, 0, 0);

    public static Usage Of(IEnumerable<Usage> parts) => parts.Aggregate(None, (sum, part) => new(sum.Sessions + part.Sessions, sum.Grants + part.Grants, sum.Requests + part.Requests));

    /// <summary>The end of a sentence on who works there now: a colon and how many, or nothing.</summary>
    public string Running => Sessions == 0 ? "" : $": {Count(Sessions, "session")}";

    /// <summary>A sentence for who is about to remove it.</summary>
    public string Consequences => string.Join(' ', new[]
    {
        Sessions == 0 ? "No session runs there." : $"{Count(Sessions, "session")} that {(Sessions == 1 ? "runs" : "run")} there {(Sessions == 1 ? "is" : "are")} ended first.",
        (Grants, Requests) switch
        {
            (0, 0) => null,
            (_, 0) => $"{Count(Grants, "grant")} {(Grants == 1 ? "is" : "are")} revoked.",
            (0, _) => $"{Count(Requests, "request")} {(Requests == 1 ? "is" : "are")} denied.",
            _ => $"{Count(Grants, "grant")} {(Grants == 1 ? "is" : "are")} revoked and {Count(Requests, "request")} denied.",
        },
        "Recordings and audit entries stay and keep the name.",
    }.OfType<string>());

    private static string Count(int number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";
}
