using System.Buffers.Binary;

namespace Sallyport.Gateway.Screen;

/// <summary>Messages that only screens have, beside those of <see cref="Sessions.SessionMessages"/> (docs/session-protocol.md).</summary>
internal static class ScreenMessages
{
    /// <summary>Both ways: a part of the RFB stream (RFC 6143); the gateway is the server.</summary>
    public const byte Rfb = 0x20;

    /// <summary>From the browser: asks for control of a screen that starts view-only.</summary>
    public const byte AskControl = 0x21;

    /// <summary>From the browser: gives control back.</summary>
    public const byte YieldControl = 0x22;

    /// <summary>From the gateway: <see cref="ControlMessage"/>.</summary>
    public const byte Control = 0x23;

    /// <summary>From the gateway, about once a second: how old the picture is, in milliseconds (u32).</summary>
    public const byte Age = 0x24;

    /// <summary>From the browser: which colours it wants (u8, <see cref="Rfb.Viewers.ViewerColours"/>).</summary>
    public const byte Colours = 0x25;

    /// <summary>From the gateway, when it changes: whether the picture has fewer colours than the asset's screen (u8, 0 or 1).</summary>
    public const byte Reduced = 0x26;

    public static byte[] AgeOf(TimeSpan age)
    {
        var message = new byte[5];
        message[0] = Age;
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(1), (uint)Math.Clamp(age.TotalMilliseconds, 0, uint.MaxValue));
        return message;
    }
}

/// <param name="Held">The browser's input reaches the asset.</param>
/// <param name="Askable">Control can be asked for.</param>
/// <param name="Asked">It was, and nobody has answered yet.</param>
/// <param name="MaxAgeMilliseconds">A picture that is older takes no input; 0: any age does.</param>
/// <param name="Clipboard">Which way text may pass.</param>
internal sealed record ControlMessage(bool Held, bool Askable, bool Asked, int MaxAgeMilliseconds, Contracts.ClipboardPolicy Clipboard);
