using System.Buffers.Binary;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Terminal;

/// <summary>
/// A terminal as somebody sees it who came later: what it shows, and then its output. Who cannot keep up with the user is
/// shown what it looks like by then.
/// </summary>
internal sealed class ObserverOutputStream(TerminalSnapshotter screen, OutputBuffer output) : IBrowserStream
{
    private const int MaxPart = 32 * 1024;
    private const int Head = 9;

    private readonly byte[] _message = new byte[Head + MaxPart];
    private long _position = -1;

    public ReadOnlyMemory<byte> Next()
    {
        var count = _position < 0 ? -1 : output.Read(_position, _message.AsSpan(Head));
        if (count < 0)
        {
            (var snapshot, _position) = screen.Snapshot();
            return (byte[])[TerminalMessages.Snapshot, .. snapshot];
        }

        if (count == 0)
        {
            return default;
        }

        _message[0] = TerminalMessages.Output;
        BinaryPrimitives.WriteInt64LittleEndian(_message.AsSpan(1), _position);
        _position += count;
        return _message.AsMemory(0, Head + count);
    }

    public Task MoreAsync() => output.MoreAsync();
}
