namespace Sallyport.Recording;

/// <summary>A recording could not be written or read; the message says what is wrong with which part, for a person.</summary>
public class RecordingException : Exception
{
    public RecordingException(string message)
        : base(message)
    {
    }

    public RecordingException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public RecordingException()
        : this("The recording could not be written or read.")
    {
    }
}
