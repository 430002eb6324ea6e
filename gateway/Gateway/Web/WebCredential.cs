using Sallyport.Contracts;

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

    public sealed record Form(string UserName, string Password, WebFormRecipe Recipe) : WebCredential;
}
