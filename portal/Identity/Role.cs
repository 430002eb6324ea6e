namespace Sallyport.Portal.Identity;

/// <summary>What a user may do at all; a grant, or an operator's plants, narrow it down.</summary>
public enum Role
{
    /// <summary>Asks for services and works on them.</summary>
    Technician,

    /// <summary>Brings plants in, approves and revokes access, watches and ends sessions.</summary>
    Admin,

    /// <summary>Finds, replays and reviews recordings; reads the audit log.</summary>
    Compliance,

    /// <summary>Releases and stops sessions in the plants that the user is an operator of.</summary>
    Operator,
}
