using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>How passwords at the embedded provider are protected from guessing: section <c>PasswordThrottle</c>.</summary>
public sealed record PasswordThrottleOptions
{
    public const string Section = "PasswordThrottle";

    /// <summary>Wrong passwords for one account from one source before the first delay.</summary>
    [Range(1, 100)]
    public int FailuresPerSource { get; init; } = 5;

    /// <summary>Wrong passwords for one account from all browsers that are unknown to it.</summary>
    [Range(1, 1000)]
    public int FailuresPerAccount { get; init; } = 20;

    /// <summary>Wrong passwords from one address, for whichever accounts.</summary>
    [Range(1, 10_000)]
    public int FailuresPerAddress { get; init; } = 30;

    /// <summary>Each further failure doubles it.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The longest delay for one source.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>The longest delay for all unknown browsers together, and for one address: shorter, because it is also for who did nothing wrong.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MaxSharedDelay { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>After so long without a failure, counting starts again.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan ForgetAfter { get; init; } = TimeSpan.FromHours(12);
}

/// <summary>Stops the start with a sentence for the person who wrote the configuration.</summary>
internal sealed class PasswordThrottleOptionsCheck : IValidateOptions<PasswordThrottleOptions>
{
    public ValidateOptionsResult Validate(string? name, PasswordThrottleOptions options) =>
        options.FirstDelay <= options.MaxSharedDelay && options.MaxSharedDelay <= options.MaxDelay && options.MaxDelay <= options.ForgetAfter
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"{PasswordThrottleOptions.Section}: FirstDelay, MaxSharedDelay, MaxDelay and ForgetAfter must not become shorter in this order.");
}
