namespace Sallyport.Portal.Identity.Provider;

/// <summary>
/// Which of the provider's keys is used, which are published, and whether it is time for a new one: from when each was made alone, so that
/// portals with one key folder agree without a word.
/// </summary>
/// <param name="Current">What signs or seals.</param>
/// <param name="Published">All that are believed, the current one first.</param>
/// <param name="IsNewNeeded">Whether the newest has served its time.</param>
internal sealed record KeyPlan(DateTimeOffset? Current, IReadOnlyList<DateTimeOffset> Published, bool IsNewNeeded)
{
    /// <summary>How long a key is the newest.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromDays(90);

    /// <summary>A new key is published before it is used: relying parties fetch keys every 12 or 24 hours.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromHours(48);

    /// <summary>A key that is not used any more is believed while the longest sign-in may last: its ID tokens sign people out.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(8);

    public static KeyPlan Of(IEnumerable<DateTimeOffset> made, DateTimeOffset now)
    {
        var keys = made.Order().ToList();
        if (keys.Count == 0)
        {
            return new KeyPlan(null, [], true);
        }

        var current = keys.FindLastIndex(key => key <= now - Ahead) is >= 0 and var index ? index : 0;
        var believed = keys.Where((_, i) => i != current && (i > current || keys[i + 1] + Ahead + Kept > now));
        return new KeyPlan(keys[current], [keys[current], .. believed], keys[^1] + Period <= now);
    }
}
