using System.Globalization;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>How long somebody has to wait after wrong passwords: as seconds in an address, and in words.</summary>
internal static class WaitTime
{
    private const int MinutesFrom = 120;

    /// <summary>Null when there is nothing to wait for.</summary>
    public static string? ToQuery(TimeSpan wait) => wait > TimeSpan.Zero ? Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture) : null;

    public static string ToText(int seconds) => seconds < 1 ? "a moment" : seconds < MinutesFrom ? $"{seconds} second{(seconds == 1 ? "" : "s")}" : $"{(seconds + 59) / 60} minutes";
}
