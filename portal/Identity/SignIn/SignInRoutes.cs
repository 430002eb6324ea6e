namespace Sallyport.Portal.Identity.SignIn;

internal static class SignInRoutes
{
    public const string Start = "/sign-in";
    public const string Choose = "/sign-in/choose";
    public const string Callback = "/signed-in";
    public const string Out = "/sign-out";
    public const string BackChannelLogout = "/back-channel-logout";
    public const string Refused = "/sign-in-refused";
    public const string CookieScheme = "portal";

    /// <summary>The page that says why a sign-in has ended.</summary>
    public static string Ended(SignInEnd why) => $"{Refused}?why={System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(why.ToString())}";
}
