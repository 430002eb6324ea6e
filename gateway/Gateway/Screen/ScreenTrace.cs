using System.Buffers.Binary;
using System.Text;
using Sallyport.Gateway.Screen.Rfb;
using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Screen;

/// <summary>What a screen's user did, as the payloads of a recording's input events (<see cref="ScreenInputRecord"/>).</summary>
internal static class ScreenTrace
{
    public static byte[] Of(ScreenInput input)
    {
        var payload = new byte[6];
        if (input.Kind == ScreenInputKind.KeyEvent)
        {
            (payload[0], payload[1]) = (ScreenInputRecord.KeyEvent, input.Down ? (byte)1 : (byte)0);
            BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(2), input.Keysym);
        }
        else
        {
            (payload[0], payload[1]) = (ScreenInputRecord.PointerEvent, input.Buttons);
            BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(2), input.X);
            BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(4), input.Y);
        }

        return payload;
    }

    public static byte[] OfText(string text, bool toAsset) => [toAsset ? ScreenInputRecord.ToAsset : ScreenInputRecord.FromAsset, .. Encoding.UTF8.GetBytes(text)];
}
