namespace Sallyport.Portal.Recordings.Video;

/// <summary>No video can be made; the message says why, for the person who asked for it.</summary>
public sealed class VideoException : Exception
{
    public VideoException(string message)
        : base(message)
    {
    }

    public VideoException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public VideoException()
        : this("No video can be made of this recording.")
    {
    }
}
