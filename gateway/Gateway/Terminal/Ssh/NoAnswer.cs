using System.Net.Sockets;
using Renci.SshNet.Common;
using Renci.SshNet.Messages.Transport;

namespace Sallyport.Gateway.Terminal.Ssh;

/// <summary>Why an asset and the gateway did not come to speak SSH, in words for a person: what SSH.NET threw, without its own words.</summary>
internal static class NoAnswer
{
    private const string SwitchedOn = "Is it switched on, and is its SSH server running?";
    private const string RightPort = "Is the service's port the one of its SSH server?";

    /// <param name="late">The time for it was over.</param>
    /// <param name="version">The asset's first line, if one came.</param>
    /// <param name="accepted">What was offered to it.</param>
    public static string Describe(Exception e, bool late, string? version, SshAlgorithms accepted)
    {
        // RFC 4253, section 5.1: 1.99 speaks version 2 too.
        if (version is not null && version.StartsWith("SSH-1.", StringComparison.Ordinal) && !version.StartsWith("SSH-1.99", StringComparison.Ordinal))
        {
            return "The asset speaks only version 1 of SSH, which anybody on the way can read and change. Have its SSH server updated, or version 2 switched on there.";
        }

        if (e is SshConnectionException connection && AlgorithmMismatch.Describe(connection, accepted) is { } mismatch)
        {
            return mismatch;
        }

        var (why, advice) = e switch
        {
            _ when late => ("nothing useful came within 10 seconds", SwitchedOn),
            SocketException { SocketErrorCode: SocketError.ConnectionRefused } => ("nothing listens at its port", SwitchedOn),
            SocketException { SocketErrorCode: SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.TimedOut } => ("it cannot be reached", SwitchedOn),
            SshConnectionException { DisconnectReason: DisconnectReason.KeyExchangeFailed } => ("it and the gateway could not agree on keys", "Have its SSH server updated."),
            SocketException or SshConnectionException { DisconnectReason: not (DisconnectReason.ProtocolError or DisconnectReason.MacError) } =>
                ("it closed the connection", $"{RightPort} If so, it may have too many connections, or let in only certain addresses."),
            _ => ("what it says cannot be understood", RightPort),
        };
        return $"The asset does not answer by SSH: {why}. {advice}";
    }
}
