using Sallyport.Contracts;

namespace Sallyport.Gateway.Terminal.Ssh;

/// <summary>An SSH connection that could not be made or was lost: why, as a session's end, and in words for the technician.</summary>
public sealed class SshFailureException(SessionEndReason reason, string message) : Exception(message)
{
    public SessionEndReason Reason { get; } = reason;
}
