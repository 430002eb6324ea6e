namespace Sallyport.Recording.Screen;

/// <summary>What is believed of the size of a screen, whoever tells it: an asset, or a recording.</summary>
public static class ScreenLimits
{
    /// <summary>Pixels along one side: twice 4K.</summary>
    public const int MaxSide = 8192;

    /// <summary>Pixels of a screen, 256 MiB: the largest square of <see cref="MaxSide"/>. A session may be given less.</summary>
    public const int MaxPixels = MaxSide * MaxSide;

    /// <summary>Pixels along one side of a cursor: four times the largest that X servers hand out.</summary>
    public const int MaxCursorSide = 512;
}
