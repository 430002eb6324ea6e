using System.Buffers.Binary;

namespace Sallyport.Gateway.Screen.Rfb.Asset;

/// <summary>The messages of a client (RFC 6143, section 7.5). No others are sent, but for the clipboard's (<see cref="ClipboardExchange"/>): there are servers that hang up at an unknown one.</summary>
internal static class ClientMessages
{
    public static byte[] SetPixelFormat(PixelFormat format)
    {
        var message = new byte[4 + PixelFormat.Length];
        format.Write(message.AsSpan(4));
        return message;
    }

    public static byte[] SetEncodings(IReadOnlyList<int> encodings)
    {
        var message = new byte[4 + (4 * encodings.Count)];
        message[0] = 2;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), (ushort)encodings.Count);
        for (var i = 0; i < encodings.Count; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4 + (4 * i)), encodings[i]);
        }

        return message;
    }

    public static byte[] UpdateRequest(bool incremental, int width, int height)
    {
        var message = new byte[10];
        message[0] = 3;
        message[1] = incremental ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(6), (ushort)width);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(8), (ushort)height);
        return message;
    }

    public static byte[] Input(ScreenInput input)
    {
        if (input.Kind == ScreenInputKind.KeyEvent)
        {
            var key = new byte[8];
            key[0] = 4;
            key[1] = input.Down ? (byte)1 : (byte)0;
            BinaryPrimitives.WriteUInt32BigEndian(key.AsSpan(4), input.Keysym);
            return key;
        }

        var pointer = new byte[6];
        pointer[0] = 5;
        pointer[1] = input.Buttons;
        BinaryPrimitives.WriteUInt16BigEndian(pointer.AsSpan(2), input.X);
        BinaryPrimitives.WriteUInt16BigEndian(pointer.AsSpan(4), input.Y);
        return pointer;
    }
}
