using System.ComponentModel.DataAnnotations;

namespace Sallyport.Portal.Recordings.Video;

/// <summary>How videos are made of screen recordings: section <c>Video</c> of the configuration.</summary>
public sealed record VideoOptions
{
    public const string Section = "Video";

    /// <summary>Where videos lie until they are deleted, mode 0700: a folder of their own. What an earlier run left is deleted at the start. Absent: below the system's temporary folder. Each portal has its own.</summary>
    public string? Folder { get; init; }

    /// <summary>Made at the same time; each takes a core or two, at low priority.</summary>
    [Range(1, 8)]
    public int AtOnce { get; init; } = 1;

    /// <summary>Asked for and not begun.</summary>
    [Range(1, 100)]
    public int MaxWaiting { get; init; } = 10;

    [Range(1, 1024)]
    public int MaxGigabytes { get; init; } = 2;

    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromHours(2);

    /// <summary>How long a finished video waits for its download.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The font of the line below the picture.</summary>
    [Required]
    public string Font { get; init; } = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf";
}
