namespace Sallyport.Gateway.Screen;

/// <summary>
/// How old the asset's picture may be. A still screen says nothing, so silence alone is no sign: after some of it the
/// asset is asked for one pixel, and while it does not answer the picture ages. Safe to use from several threads.
/// </summary>
internal sealed class FrameAge(TimeProvider time)
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    // Where nobody acts on the picture it is enough to know, some time, that the asset is there.
    private static readonly TimeSpan UnwatchedSilence = TimeSpan.FromSeconds(15);

    private long _heard = time.GetTimestamp();
    private long _asked;

    public TimeSpan Value => Volatile.Read(ref _asked) is not 0 and var asked ? time.GetElapsedTime(asked) : TimeSpan.Zero;

    /// <param name="acted">Somebody has the picture, and may act on it only while it is fresh.</param>
    public bool ShouldAsk(bool acted) => Volatile.Read(ref _asked) == 0 && time.GetElapsedTime(Volatile.Read(ref _heard)) > (acted ? Silence : UnwatchedSilence);

    public void OnProbe() => Volatile.Write(ref _asked, time.GetTimestamp());

    public void OnData()
    {
        Volatile.Write(ref _heard, time.GetTimestamp());
        Volatile.Write(ref _asked, 0);
    }
}
