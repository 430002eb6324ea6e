namespace Sallyport.Portal.Identity.Provider;

internal static class ProviderRoutes
{
    public const string Base = "/openid";
    public const string Discovery = Base + "/.well-known/openid-configuration";
    public const string Jwks = Base + "/jwks";
    public const string Authorize = Base + "/authorize";
    public const string Push = Base + "/par";
    public const string Token = Base + "/token";
    public const string UserInfo = Base + "/userinfo";
    public const string EndSession = Base + "/end-session";
    public const string SignIn = Base + "/sign-in";
    public const string NewPassword = Base + "/new-password";
    public const string FailedAttempts = Base + "/failed-attempts";

    /// <summary>The provider's own cookie: who has proved to be which account. Says nothing to the portal.</summary>
    public const string CookieScheme = "openid-provider";
}
