namespace Sallyport.Portal.Identity.SignIn;

/// <summary>The provider is away, or does not speak as OpenID Connect says it must. The message is for the log, not for the browser.</summary>
internal sealed class ProviderUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
