using Sallyport.Contracts;

namespace Sallyport.Gateway.Web;

/// <summary>A web session cannot start or go on; the message tells the person why, and the reason tells the portal.</summary>
internal sealed class WebFailureException(SessionEndReason reason, string message, Exception? inner = null) : Exception(message, inner)
{
    public SessionEndReason Reason { get; } = reason;
}
