namespace Sallyport.Recording;

/// <summary>What a timed event of a recording is. The numbers are on disk: never change one, only add.</summary>
public enum RecordingEventKind : byte
{
    /// <summary>Bytes from the asset to the terminal, as they came.</summary>
    Output = 1,

    /// <summary>Bytes from the user to the asset.</summary>
    Input = 2,

    /// <summary>Input that the far side did not echo, such as a password: the payload is the number of bytes (32 bits, little-endian), never the bytes.</summary>
    MaskedInput = 3,

    /// <summary>A new terminal size: columns and rows, two little-endian 16-bit numbers.</summary>
    Resize = 4,

    /// <summary>UTF-8 text that says what happened: link dropped, link back, warned, watched by, ended.</summary>
    Marker = 5,

    /// <summary>The whole terminal as escape sequences, or a part of the whole screen: a replay can begin here.</summary>
    Snapshot = 6,

    /// <summary>A change of the screen, or what the user did there (docs/recording-format.md).</summary>
    Screen = 16,

    /// <summary>Reserved: a file transfer.</summary>
    File = 17,

    /// <summary>An HTTP exchange, or a WebSocket's message: an <see cref="HttpTrace"/> as JSON.</summary>
    Http = 18,
}

/// <param name="At">Since the start of the recording.</param>
public readonly record struct RecordingEvent(TimeSpan At, RecordingEventKind Kind, ReadOnlyMemory<byte> Payload);
