using Microsoft.AspNetCore.Identity;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>A name and password at the embedded OpenID provider; its id is the provider's "sub". Knows nothing of tenants or roles.</summary>
public sealed class Account : IdentityUser<Guid>
{
    /// <summary>The "name" claim.</summary>
    public required string DisplayName { get; set; }

    /// <summary>Somebody else has seen the password: it is good for choosing another one, and for nothing else.</summary>
    public bool HasTemporaryPassword { get; set; }
}
