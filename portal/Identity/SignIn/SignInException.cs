namespace Sallyport.Portal.Identity.SignIn;

/// <summary>Whose fault it is that a sign-in came to nothing.</summary>
internal enum SignInFault
{
    /// <summary>The browser's answer fits no sign-in that it began, or the provider refused. Anybody can cause it.</summary>
    Answer,

    /// <summary>The provider is away, or does not speak as OpenID Connect says it must.</summary>
    Provider,

    /// <summary>An ID token came that is not to be believed. Only a provider, or who stands between, can cause it.</summary>
    Token,
}

/// <summary>A sign-in that could not be carried out; the message goes to the log and the audit entry, not to the browser.</summary>
internal sealed class SignInException(SignInFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    public SignInFault Fault => fault;
}
