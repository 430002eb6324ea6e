using System.Net;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>One password that somebody gave: for which account, and from where.</summary>
internal sealed record PasswordAttempt(Guid AccountId, AttemptSource Source, IPAddress? Address);
