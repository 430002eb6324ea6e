namespace Sallyport.Gateway.Screen.Rfb;

/// <summary>Numbers of encodings and pseudo-encodings: RFC 6143, sections 7.7 and 7.8, and the community's RFB specification.</summary>
public static class RfbEncoding
{
    public const int Raw = 0;
    public const int CopyRect = 1;
    public const int Rre = 2;
    public const int CoRre = 4;
    public const int Hextile = 5;
    public const int Zlib = 6;
    public const int Tight = 7;
    public const int Zrle = 16;

    public const int DesktopSize = -223;
    public const int LastRect = -224;
    public const int Cursor = -239;
    public const int ExtendedDesktopSize = -308;
    public const int Fence = -312;
    public const int ContinuousUpdates = -313;
    public const int ExtendedClipboard = unchecked((int)0xC0A1E5CE);
}
