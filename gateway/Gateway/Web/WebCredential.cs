namespace Sallyport.Gateway.Web;

/// <summary>What the gateway shows the asset in the user's stead. The browser never sees it, and it has no readable <see cref="object.ToString"/>.</summary>
public abstract record WebCredential
{
    private WebCredential()
    {
    }

    public sealed override string ToString() => GetType().Name;

    /// <summary>RFC 7617.</summary>
    public sealed record Basic(string UserName, string Password) : WebCredential;

    /// <summary>RFC 7616.</summary>
    public sealed record Digest(string UserName, string Password) : WebCredential;

    /// <summary>A header on every request, such as an API key.</summary>
    public sealed record Header(string Name, string Value) : WebCredential;

    public sealed record Form(string UserName, string Password, FormRecipe Recipe) : WebCredential;
}

/// <summary>How to sign in where the HMI has a form. The gateway keeps the cookie that it gets; the browser is never given it.</summary>
/// <param name="Action">Path that the form is posted to.</param>
/// <param name="Fields">Sent as they are, but for <see cref="User"/> and <see cref="Password"/>.</param>
/// <param name="Page">Path of the page with the form, read first: for its cookies, and for its hidden fields, such as a token against forged requests.</param>
/// <param name="Json">Sent as a JSON object, not as a form.</param>
/// <param name="SuccessCookie">Only a cookie of this name means success; null: any answer below 400 that does not lead back to the form.</param>
public sealed record FormRecipe(string Action, IReadOnlyDictionary<string, string> Fields, string? Page = null, bool Json = false, string? SuccessCookie = null)
{
    public const string User = "{user}";
    public const string Password = "{password}";

    internal bool IsUsable => IsPath(Action) && (Page is null || IsPath(Page)) && Fields.Count > 0;

    private static bool IsPath(string path) => path.StartsWith('/') && !path.StartsWith("//", StringComparison.Ordinal);
}
