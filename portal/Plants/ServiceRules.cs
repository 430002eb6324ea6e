using Sallyport.Contracts;

namespace Sallyport.Portal.Plants;

/// <summary>What a service must and may say, by its kind.</summary>
internal static class ServiceRules
{
    /// <summary>Bytes of a VNC password that count (RFC 6143, section 7.2.2).</summary>
    private const int VncPasswordLength = 8;

    /// <returns>What is wrong, for the admin; null: nothing.</returns>
    public static string? Fault(ServiceSpec spec)
    {
        if (spec.Name.Trim() is not { Length: > 0 and <= 60 } || spec.Port is < 1 or > 65535 || spec.IdleMinutes is < 0 or > 1440 || spec.UserName.Trim().Length > 60)
        {
            return "Give the service a name, and a port between 1 and 65535.";
        }

        return spec.Kind switch
        {
            ServiceKind.Ssh when spec.UserName.Trim().Length == 0 => "Give the user to sign in as at the asset.",
            ServiceKind.Vnc when spec.SecretIsKey => "A screen is signed in to with a password.",
            ServiceKind.Vnc when spec.UserName.Trim().Length == 0 && spec.Secret?.Length > VncPasswordLength =>
                $"VNC takes {VncPasswordLength} characters of a password, and many panels 7. Give it as it is set at the panel, without the rest.",
            ServiceKind.Vnc when spec.Screen is { FreshSeconds: < 0 or > 60 } => "A picture can be 0 to 60 seconds old.",
            ServiceKind.Web => WebFault(spec.Web ?? new WebSettings()),
            ServiceKind.Ssh or ServiceKind.Vnc => null,
            _ => "Services of this kind cannot be brokered yet.",
        };
    }

    private static string? WebFault(WebSettings web) => web switch
    {
        _ when !IsPath(web.StartPath) || web.PathPrefixes.Count == 0 || !web.PathPrefixes.All(IsPath) => "Paths begin with one slash, such as /webvisu.htm.",
        { MaxRequestBytes: <= 0 or > 4L * 1024 * 1024 * 1024 } => "A request can have at most 4 GiB.",
        { SignIn: WebSignIn.Header, HeaderName: not { Length: > 0 and <= 60 } } => "Give the name of the header that the password goes into.",
        { SignIn: WebSignIn.Form, Form: null } => "Give the form's address and the names of its fields.",
        { SignIn: WebSignIn.Form, Form: var form } when !IsPath(form!.Action) || (form.Page is not null && !IsPath(form.Page)) || form.PasswordField.Length is 0 or > 60 => "The form needs its address as a path, and the name of its password field.",
        _ => null,
    };

    private static bool IsPath(string path) => path.StartsWith('/') && !path.StartsWith("//", StringComparison.Ordinal) && path.Length <= 500;
}
