namespace Sallyport.Portal.Recordings.Pictures;

/// <summary>No picture and no video can be made; the message says why, for the person who asked for it. What else the log must know is in its inner exception.</summary>
public sealed class PictureException : Exception
{
    public PictureException(string message)
        : base(message)
    {
    }

    public PictureException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public PictureException()
        : this("No picture can be made of this recording.")
    {
    }
}
