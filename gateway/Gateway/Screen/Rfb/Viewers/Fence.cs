using System.Buffers.Binary;

namespace Sallyport.Gateway.Screen.Rfb.Viewers;

/// <summary>Fences (the community's specification): what one side sends, the other sends back when it has dealt with everything before.</summary>
internal static class Fence
{
    private const uint Request = 1u << 31;
    private const uint BlockBefore = 1;
    private const uint BlockAfter = 2;

    /// <summary>Asks the viewer to confirm an update.</summary>
    public static byte[] Ask(ulong number)
    {
        var payload = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(payload, number);
        return Message(Request | BlockBefore, payload);
    }

    /// <summary>The number that a viewer confirms; null: it confirms nothing of ours.</summary>
    public static ulong? Confirmed(uint flags, byte[] payload) =>
        (flags & Request) == 0 && payload.Length == sizeof(ulong) ? BinaryPrimitives.ReadUInt64BigEndian(payload) : null;

    /// <summary>The answer to a viewer's own fence; null: it asks for none. Messages are answered in their order, so both kinds of blocking hold by themselves.</summary>
    public static byte[]? Answer(uint flags, byte[] payload) => (flags & Request) != 0 ? Message(flags & (BlockBefore | BlockAfter), payload) : null;

    private static byte[] Message(uint flags, byte[] payload)
    {
        var message = new byte[9 + payload.Length];
        message[0] = 248;
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), flags);
        message[8] = (byte)payload.Length;
        payload.CopyTo(message, 9);
        return message;
    }
}
