using System.Buffers.Binary;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Terminal;

/// <summary>A terminal's output from one offset on, as messages to one browser.</summary>
/// <param name="first">A message that goes before; may be empty.</param>
internal sealed class OutputStream(OutputBuffer output, long position, ReadOnlyMemory<byte> first = default) : IBrowserStream
{
    private const int MaxPart = 32 * 1024;
    private const int Head = 9;

    private readonly byte[] _message = new byte[Head + MaxPart];
    private long _position = position;
    private ReadOnlyMemory<byte> _first = first;

    public ReadOnlyMemory<byte> Next()
    {
        if (!_first.IsEmpty)
        {
            (var message, _first) = (_first, default);
            return message;
        }

        var count = output.Read(_position, _message.AsSpan(Head));
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
