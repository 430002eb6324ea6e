namespace Sallyport.Recording.Format;

/// <summary>The numbers of docs/recording-format.md. Every length that a file names is checked against these before it is believed.</summary>
public static class Layout
{
    /// <summary>"SPRC", little-endian.</summary>
    public const uint FileMagic = 0x43525053;

    /// <summary>"SPCH"</summary>
    public const uint ChunkMagic = 0x48435053;

    /// <summary>"SPND", the last four bytes of a sealed file.</summary>
    public const uint TrailerMagic = 0x444E5053;

    public const ushort Version = 1;

    /// <summary>Magic, version, zero, length of the description, length of the wrapped key.</summary>
    public const int PrefixLength = 16;

    public const int ChunkHeaderLength = 84;
    public const int TrailerLength = 8;
    public const int HashLength = 32;
    public const int TagLength = 16;
    public const int NonceLength = 12;
    public const int SignatureLength = 64;

    /// <summary>Description and wrapped key together.</summary>
    public const int MaxHeaderLength = 64 * 1024;
    public const int MaxEndLength = 16 * 1024;

    /// <summary>A chunk's events before compression: one event may be larger than <see cref="ChunkTarget"/>, never than this.</summary>
    public const int MaxPlainLength = 4 * 1024 * 1024;

    public const int MaxSealedLength = MaxPlainLength + (64 * 1024);
    public const int MaxEventsPerChunk = 1 << 20;

    /// <summary>A chunk is closed when it holds this much,</summary>
    public const int ChunkTarget = 256 * 1024;

    /// <summary>or is this old: well below <see cref="MaxUnwritten"/>, since a busy machine takes its time over it.</summary>
    public static readonly TimeSpan ChunkAge = TimeSpan.FromSeconds(0.6);

    /// <summary>No event is taken while one that is older than this is not in the file yet. What nobody was shown cannot be missed.</summary>
    public static readonly TimeSpan MaxUnwritten = TimeSpan.FromSeconds(1);

    /// <summary>What was written is made durable at least this often.</summary>
    public static readonly TimeSpan FlushAge = TimeSpan.FromSeconds(10);

    public const int IndexEntryLength = 44;

    /// <summary>366 days: no session is longer, and no sum of two such times overflows.</summary>
    public const long MaxMicroseconds = 366L * 24 * 60 * 60 * 1_000_000;

    /// <summary>More than a year of one-second chunks.</summary>
    public const int MaxChunks = 1 << 25;
}
