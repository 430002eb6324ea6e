namespace Sallyport.Portal.Identity.SignIn;

/// <param name="SignInId">The one that ended; null: all of the user's, whichever they were.</param>
/// <param name="Limit">How long a sign-in may last.</param>
/// <param name="By">Who ended it; null: the portal itself, or a provider.</param>
/// <param name="ReplacedBy">The user's new sign-in in the same browser; what would be lost without need may go on by that one.</param>
public sealed record EndedSignIn(Guid UserId, Guid? SignInId, SignInEnd Why, TimeSpan Limit, Guid? ReplacedBy = null, Actor? By = null)
{
    public bool Covers(Guid userId, Guid? signInId) => userId == UserId && (SignInId is null || SignInId == signInId);

    /// <summary>For the user, wherever something of theirs ends.</summary>
    public string Message => Why switch
    {
        SignInEnd.SignedOut => "You signed out of the portal.",
        SignInEnd.SignedOutElsewhere => "You ended this sign-in from another browser.",
        SignInEnd.SignedOutByAdmin => "An admin signed you out of the portal.",
        SignInEnd.SignedOutAtProvider => "Your company's sign-in service signed you out.",
        SignInEnd.ProviderRemoved => "An admin removed your company's sign-in service from the portal.",
        SignInEnd.Disabled => "An admin disabled your user.",
        SignInEnd.RoleLost => "Your roles were changed, and you have lost one.",
        SignInEnd.PasswordChanged => "Your password was changed, which signs you out everywhere.",
        SignInEnd.Replaced => "You signed in again.",
        _ => $"You had been signed in for {Limit.TotalHours:0.#} hours, which is the longest. Sign in again.",
    };
}

/// <summary>
/// Something that a person has by being signed in, and that ends with it: circuits and downloads, sessions, watches, videos
/// in the making, codes of the provider; and, of who is disabled, grants. All implementations together are the list of what a person has.
/// </summary>
public interface IEndsWithSignIn
{
    Task EndAsync(EndedSignIn ended, CancellationToken cancellationToken);
}
