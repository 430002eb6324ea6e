namespace Sallyport.Portal.Recordings.Pictures;

internal static class PictureLimits
{
    /// <summary>Pixels of a screen that memory is taken for: what gateways take from an asset.</summary>
    public const int MaxPixels = 3840 * 2160;
}
