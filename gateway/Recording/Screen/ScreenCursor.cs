namespace Sallyport.Recording.Screen;

/// <summary>The shape of the pointer, for whoever draws it by itself (RFC 6143, section 7.8.1). 0 × 0: the pointer is not to be seen.</summary>
/// <param name="HotX">The pixel that points, from the left.</param>
/// <param name="Pixels">0xAARRGGBB, row after row; alpha is 0 or 255.</param>
public sealed record ScreenCursor(int HotX, int HotY, int Width, int Height, ReadOnlyMemory<uint> Pixels);
