namespace Sallyport.Portal.Identity;

public enum AccessRefusal
{
    /// <summary>The sign-in that the act belongs to has ended.</summary>
    SignedOut,

    /// <summary>An admin has disabled the user, or removed them.</summary>
    Disabled,

    /// <summary>The user's roles do not include what the act needs.</summary>
    NotAllowed,
}

/// <summary>
/// Somebody asked for what they may not do, or may not do any more. An exception and not an outcome, so that no caller
/// can go on without having looked: pages and endpoints turn it into the way to the sign-in, each in one place.
/// </summary>
public sealed class AccessRefusedException(AccessRefusal why) : Exception(why switch
{
    AccessRefusal.SignedOut => "You are signed out. Sign in again.",
    AccessRefusal.Disabled => "An admin has disabled your user.",
    _ => "This is not part of your role.",
})
{
    public AccessRefusal Why { get; } = why;

    /// <summary>The page that says so, and from where there is a way on.</summary>
    public string Address => Why switch
    {
        AccessRefusal.SignedOut => $"{SignIn.SignInRoutes.Refused}?why=ended",
        AccessRefusal.Disabled => $"{SignIn.SignInRoutes.Refused}?why=disabled",
        _ => "/access-denied",
    };
}
