namespace Sallyport.Gateway.Screen;

/// <summary>
/// Notices a VNC server that hangs while its connection lives: it was asked for a pixel, which even a still screen answers, and not one
/// byte came since. Bytes count, not messages: a large picture over a thin line is no silence. Used by one thread.
/// </summary>
internal sealed class HangDetector(TimeProvider time)
{
    /// <summary>Longer than a panel takes to change its project or to come out of its screen saver.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private long _received = -1;
    private long _since;

    /// <param name="received">Bytes from the asset since the connection began; null: it is being signed in to, which has limits of its own.</param>
    /// <param name="unanswered">For how long the asset was asked without an answer.</param>
    public bool IsTooLong(long? received, TimeSpan unanswered)
    {
        if (received is not { } count || count != _received)
        {
            (_received, _since) = (received ?? -1, time.GetTimestamp());
            return false;
        }

        return unanswered > Longest && time.GetElapsedTime(_since) > Longest;
    }
}
