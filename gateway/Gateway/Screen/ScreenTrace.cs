using System.Buffers.Binary;
using System.Text;
using Sallyport.Gateway.Screen.Rfb;

namespace Sallyport.Gateway.Screen;

/// <summary>
/// What a screen's user did, as the payloads of a recording's input events. Numbers are little-endian.
/// <code>
/// key          u8 1, u8 down (1) or up (0), u32 keysym
/// pointer      u8 2, u8 buttons (bit 0 left), u16 x, u16 y
/// to asset     u8 3, UTF-8 text that went into the asset's clipboard
/// from asset   u8 4, UTF-8 text that came out of it
/// </code>
/// </summary>
internal static class ScreenTrace
{
    private const byte Key = 1;
    private const byte Pointer = 2;
    private const byte ToAsset = 3;
    private const byte FromAsset = 4;

    public static byte[] Of(ScreenInput input)
    {
        var payload = new byte[6];
        if (input.Kind == ScreenInputKind.KeyEvent)
        {
            (payload[0], payload[1]) = (Key, input.Down ? (byte)1 : (byte)0);
            BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(2), input.Keysym);
        }
        else
        {
            (payload[0], payload[1]) = (Pointer, input.Buttons);
            BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(2), input.X);
            BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(4), input.Y);
        }

        return payload;
    }

    public static byte[] OfText(string text, bool toAsset) => [toAsset ? ToAsset : FromAsset, .. Encoding.UTF8.GetBytes(text)];
}
