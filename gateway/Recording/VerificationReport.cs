namespace Sallyport.Recording;

public enum Verdict
{
    /// <summary>Whole, unaltered and signed; by whom was checked only where <see cref="VerificationReport.SignatureChecked"/>.</summary>
    Intact,

    /// <summary>Unaltered as far as it goes, but without an end: its gateway was lost, or it is still being written.</summary>
    Interrupted,

    /// <summary>Something was changed, cut off, left out or put in; the findings name it.</summary>
    Broken,
}

/// <param name="Chunk">Which chunk it is about; null for the file as a whole.</param>
/// <param name="Message">What is wrong, for a person.</param>
public sealed record Finding(long? Chunk, string Message);

/// <param name="Chunks">How many chunks of events were checked.</param>
/// <param name="SignatureChecked">
/// The end's signature was compared with a gateway's key. False for a recording without an end, or where no key was given:
/// then <see cref="Verdict.Intact"/> says that the file agrees with itself, not who wrote it.
/// </param>
public sealed record VerificationReport(
    Verdict Verdict,
    RecordingHeader? Header,
    long Chunks,
    RecordingHead? Head,
    bool SignatureChecked,
    IReadOnlyList<Finding> Findings);
