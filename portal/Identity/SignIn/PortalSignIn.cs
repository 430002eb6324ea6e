using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>Why a sign-in ended.</summary>
public enum SignInEnd
{
    /// <summary>The user signed out in that browser.</summary>
    SignedOut,

    /// <summary>The user ended it from another browser.</summary>
    SignedOutElsewhere,

    /// <summary>An admin signed the user out.</summary>
    SignedOutByAdmin,

    /// <summary>The company's provider said so (OpenID Connect Back-Channel Logout 1.0).</summary>
    SignedOutAtProvider,

    /// <summary>An admin removed the provider that the user signs in at.</summary>
    ProviderRemoved,

    /// <summary>An admin disabled the user.</summary>
    Disabled,

    /// <summary>The user lost a role.</summary>
    RoleLost,

    /// <summary>The user's password was changed, or replaced by an admin.</summary>
    PasswordChanged,

    /// <summary>It lasted as long as one may (<see cref="RelyingPartyOptions.SessionLimit"/>).</summary>
    TimeLimit,

    /// <summary>The user signed in again in the same browser: what runs by it goes on by the new one.</summary>
    Replaced,
}

internal static class SignInEnds
{
    /// <summary>For who looks at it afterwards: in the audit log, and in lists of sign-ins.</summary>
    /// <param name="limit">How long a sign-in may last.</param>
    public static string Describe(this SignInEnd why, TimeSpan limit) => why switch
    {
        SignInEnd.SignedOut => "Signed out.",
        SignInEnd.SignedOutElsewhere => "Ended from another browser.",
        SignInEnd.SignedOutByAdmin => "Signed out by an admin.",
        SignInEnd.SignedOutAtProvider => "Signed out at the company's provider.",
        SignInEnd.ProviderRemoved => "The company's provider was removed.",
        SignInEnd.Disabled => "The user was disabled.",
        SignInEnd.RoleLost => "The user lost a role.",
        SignInEnd.PasswordChanged => "The password was changed.",
        SignInEnd.Replaced => "Signed in again in the same browser.",
        _ => $"Signed in for {limit.TotalHours:0.#} hours, which is the longest.",
    };
}

/// <summary>One sign-in of a user, in one browser. The portal's cookie points to it and is worth nothing once it has ended.</summary>
public sealed class PortalSignIn : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required Guid TenantId { get; init; }

    public required Guid UserId { get; init; }

    /// <summary>The sign-in at the embedded provider that it came from, and that ends when this one does; null with another provider.</summary>
    public Guid? ProviderSignInId { get; init; }

    /// <summary>The other provider's own session (sid) that it came from, where it says so; null with the embedded one.</summary>
    public string? ProviderSession { get; init; }

    /// <summary>When the user proved who they are: from then on the limit counts.</summary>
    public required DateTimeOffset Since { get; init; }

    public required DateTimeOffset LastSeenAt { get; set; }

    public string? Address { get; init; }

    /// <summary>What the browser calls itself.</summary>
    public string? Browser { get; init; }

    public DateTimeOffset? EndedAt { get; set; }

    public SignInEnd? EndReason { get; set; }
}
