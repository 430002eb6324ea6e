using Sallyport.Contracts;

namespace Sallyport.Gateway.Sessions;

/// <summary>A connection to an asset that could not be made or was lost: why, as a session's end, and in words for the technician.</summary>
public sealed class AssetFailureException(SessionEndReason reason, string message, Exception? inner = null) : Exception(message, inner)
{
    public SessionEndReason Reason { get; } = reason;
}
