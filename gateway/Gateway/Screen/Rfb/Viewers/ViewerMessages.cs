namespace Sallyport.Gateway.Screen.Rfb.Viewers;

/// <summary>One message of a viewer, as far as the gateway acts on it.</summary>
internal abstract record ViewerMessage
{
    public sealed record SetPixelFormat(PixelFormat Format) : ViewerMessage;

    public sealed record SetEncodings(IReadOnlySet<int> Encodings) : ViewerMessage;

    public sealed record UpdateRequest(bool Incremental) : ViewerMessage;

    public sealed record ContinuousUpdates(bool Enabled) : ViewerMessage;

    public sealed record FenceMessage(uint Flags, byte[] Payload) : ViewerMessage;

    public sealed record SetDesktopSize(int Width, int Height) : ViewerMessage;

    public sealed record Wanted(ViewerEvent Event) : ViewerMessage;

    /// <summary>To be answered with that, and of no other meaning.</summary>
    public sealed record Answered(byte[] Answer) : ViewerMessage;

    /// <summary>Understood, and of no meaning here.</summary>
    public sealed record Ignored : ViewerMessage;
}

/// <summary>Reads what noVNC and other clients send: RFC 6143, section 7.5, and the extensions that they send without being asked.</summary>
internal sealed class ViewerMessages(RfbReader reader, ClipboardExchange clipboard)
{
    // What clients name: noVNC about 30, TigerVNC about 40.
    private const int MaxEncodings = 512;

    // The community's specification, "Fence".
    private const int MaxFence = 64;

    private static readonly ViewerMessage Nothing = new ViewerMessage.Ignored();

    public async ValueTask<ViewerMessage> ReadAsync(CancellationToken cancellationToken)
    {
        await reader.EnsureAsync(1, cancellationToken);
        var type = reader.TakeByte();
        switch (type)
        {
            case 0:
                await reader.EnsureAsync(3 + PixelFormat.Length, cancellationToken);
                reader.Advance(3);
                return new ViewerMessage.SetPixelFormat(PixelFormat.Read(reader.Take(PixelFormat.Length)));
            case 2:
                return await ReadEncodingsAsync(cancellationToken);
            case 3:
                await reader.EnsureAsync(9, cancellationToken);
                var incremental = reader.TakeByte() != 0;
                reader.Advance(8);
                return new ViewerMessage.UpdateRequest(incremental);
            case 4:
                await reader.EnsureAsync(7, cancellationToken);
                var down = reader.TakeByte() != 0;
                reader.Advance(2);
                return Wanted(ScreenInput.Key(reader.TakeUInt32(), down));
            case 5:
                await reader.EnsureAsync(5, cancellationToken);
                var buttons = reader.TakeByte();
                return Wanted(ScreenInput.PointerAt(reader.TakeUInt16(), reader.TakeUInt16(), buttons));
            case 6:
                return await ReadTextAsync(cancellationToken);
            case 150:
                await reader.EnsureAsync(9, cancellationToken);
                var enabled = reader.TakeByte() != 0;
                reader.Advance(8);
                return new ViewerMessage.ContinuousUpdates(enabled);
            case 248:
                return await ReadFenceAsync(cancellationToken);
            case 250:
                // xvp asks to switch the machine off: never by this way.
                await reader.EnsureAsync(3, cancellationToken);
                reader.Advance(3);
                return Nothing;
            case 251:
                await reader.EnsureAsync(7, cancellationToken);
                reader.Advance(1);
                var (width, height, screens) = (reader.TakeUInt16(), reader.TakeUInt16(), reader.TakeByte());
                reader.Advance(1);
                await reader.SkipAsync(screens * 16L, cancellationToken);
                return new ViewerMessage.SetDesktopSize(width, height);
            case 255:
                return await ReadQemuKeyAsync(cancellationToken);
            default:
                throw RfbFailureException.Malformed($"a message of type {type} from the viewer, which is not in use");
        }
    }

    private static ViewerMessage.Wanted Wanted(ScreenInput input) => new(new ViewerEvent(input, null));

    private async ValueTask<ViewerMessage> ReadEncodingsAsync(CancellationToken cancellationToken)
    {
        await reader.EnsureAsync(3, cancellationToken);
        reader.Advance(1);
        var count = reader.TakeUInt16();
        if (count > MaxEncodings)
        {
            throw RfbFailureException.Malformed($"a list of {count} encodings from the viewer");
        }

        await reader.EnsureAsync(4 * count, cancellationToken);
        var encodings = new HashSet<int>();
        for (var i = 0; i < count; i++)
        {
            encodings.Add((int)reader.TakeUInt32());
        }

        return new ViewerMessage.SetEncodings(encodings);
    }

    private async ValueTask<ViewerMessage> ReadTextAsync(CancellationToken cancellationToken)
    {
        var (text, answer) = await clipboard.ReadAsync(reader, cancellationToken);
        return text is not null ? new ViewerMessage.Wanted(new ViewerEvent(default, text)) : answer is not null ? new ViewerMessage.Answered(answer) : Nothing;
    }

    private async ValueTask<ViewerMessage> ReadFenceAsync(CancellationToken cancellationToken)
    {
        await reader.EnsureAsync(8, cancellationToken);
        reader.Advance(3);
        var (flags, length) = (reader.TakeUInt32(), reader.TakeByte());
        if (length > MaxFence)
        {
            throw RfbFailureException.Malformed($"a fence of {length} bytes from the viewer, where {MaxFence} are allowed");
        }

        await reader.EnsureAsync(length, cancellationToken);
        return new ViewerMessage.FenceMessage(flags, reader.Take(length).ToArray());
    }

    // The scan code says nothing to an asset that knows keysyms only.
    private async ValueTask<ViewerMessage> ReadQemuKeyAsync(CancellationToken cancellationToken)
    {
        await reader.EnsureAsync(1, cancellationToken);
        var type = reader.TakeByte();
        if (type != 0)
        {
            throw RfbFailureException.Malformed($"a QEMU message of type {type} from the viewer, which is not in use");
        }

        await reader.EnsureAsync(10, cancellationToken);
        var (down, keysym) = (reader.TakeUInt16() != 0, reader.TakeUInt32());
        reader.Advance(4);
        return Wanted(ScreenInput.Key(keysym, down));
    }
}
