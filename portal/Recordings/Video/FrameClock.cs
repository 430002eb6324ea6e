namespace Sallyport.Portal.Recordings.Video;

/// <summary>
/// When a video shows the picture: as it changes, but no more often than <paramref name="busy"/>; and while nothing
/// changes only so often that the clock below it goes on. So hours of nothing cost little.
/// </summary>
internal sealed class FrameClock(TimeSpan busy, TimeSpan? idle)
{
    private TimeSpan _last;
    private TimeSpan? _changed;

    /// <summary>The moments before <paramref name="next"/>, when the picture changes next, at which it is due as it is now.</summary>
    public IEnumerable<TimeSpan> Until(TimeSpan next)
    {
        if (_changed is { } changed)
        {
            var due = changed > _last + busy ? changed : _last + busy;
            if (due >= next)
            {
                yield break;
            }

            (_last, _changed) = (due, null);
            yield return due;
        }

        while (idle is { } interval && _last + interval < next)
        {
            _last += interval;
            yield return _last;
        }
    }

    public void Changed(TimeSpan at) => _changed ??= at;
}
