namespace Sallyport.Gateway.Screen.Rfb.Viewers;

/// <summary>How many colours a viewer is sent. The numbers are those of the session protocol.</summary>
public enum ViewerColours : byte
{
    /// <summary>Fewer while the link is slow; what was sent with fewer is sent again when the link has room for it.</summary>
    Automatic,

    /// <summary>All, however long it takes.</summary>
    Full,

    /// <summary>Fewer, always: for links that are paid for by the megabyte.</summary>
    Low,
}
