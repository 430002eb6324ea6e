using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Screen.Rfb;

/// <summary>What is believed of what an asset or a browser says. Everything beyond is malformed, before memory is taken for it.</summary>
public static class RfbLimits
{
    /// <summary>Pixels along one side: what a recording can tell of, and a row of 32 bits fits the reader's buffer.</summary>
    public const int MaxSide = ScreenLimits.MaxSide;

    /// <summary>Pixels of a screen. A session may be given less.</summary>
    public const int MaxPixels = ScreenLimits.MaxPixels;

    /// <summary>Bytes of a clipboard text: a long parameter list, not a file transfer.</summary>
    public const int MaxText = 1024 * 1024;

    /// <summary>Bytes of a desktop's name; it is shown in a title.</summary>
    public const int MaxName = 4096;

    /// <summary>Bytes of a reason for a refusal (RFC 6143, section 7.1.2); of it, <see cref="Sessions.AssetText.MaxShown"/> characters are shown.</summary>
    public const int MaxReason = 4096;

    /// <summary>Tunnels, authentication types or messages that a Tight server may list; known ones list fewer than 20.</summary>
    public const int MaxCapabilities = 256;

    /// <summary>Pixels along one side of a cursor.</summary>
    public const int MaxCursorSide = ScreenLimits.MaxCursorSide;

    /// <summary>
    /// How often one update may paint the whole screen over. Solid areas cost the sender a few bytes and us megabytes,
    /// so without it one small update could keep a core busy for minutes. Real servers paint each pixel once or twice.
    /// </summary>
    public const int MaxPaintsPerUpdate = 64;

    /// <summary>Changes of size in one update: each takes new memory. Servers send one.</summary>
    public const int MaxResizesPerUpdate = 4;

    /// <summary>Bytes of a VNC password that count (RFC 6143, section 7.2.2).</summary>
    public const int PasswordLength = 8;
}
