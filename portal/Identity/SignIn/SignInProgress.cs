namespace Sallyport.Portal.Identity.SignIn;

/// <summary>How far the answer of a provider has been believed, while its request lasts.</summary>
internal sealed class SignInProgress
{
    /// <summary>Whether an ID token came: what is wrong from then on, only a provider can cause, or who stands between.</summary>
    public bool HasToken { get; set; }

    public SignInProvider? Provider { get; set; }

    /// <summary>Null until the ID token is believed.</summary>
    public AuthenticatedIdentity? Identity { get; set; }

    /// <summary>Who it is here; null: not known.</summary>
    public User? User { get; set; }

    public static SignInProgress Of(HttpContext http)
    {
        if (http.Features.Get<SignInProgress>() is { } progress)
        {
            return progress;
        }

        http.Features.Set(progress = new SignInProgress());
        return progress;
    }
}
