using Sallyport.Portal.Identity.Provider;

namespace Sallyport.Portal.Tests.Identity;

public sealed class KeyPlanTests
{
    private static readonly DateTimeOffset Made = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Without_a_key_one_is_needed() => Assert.Equal((null, true), KeyPlan.Of([], Made) is var plan ? (plan.Current, plan.IsNewNeeded) : default);

    [Fact]
    public void The_only_key_is_used_at_once() => Assert.Equal(Made, KeyPlan.Of([Made], Made).Current);

    [Fact]
    public void A_new_one_is_needed_after_ninety_days_and_not_sooner()
    {
        Assert.False(KeyPlan.Of([Made], Made + TimeSpan.FromDays(89.9)).IsNewNeeded);
        Assert.True(KeyPlan.Of([Made], Made + TimeSpan.FromDays(90)).IsNewNeeded);
    }

    [Fact]
    public void A_new_one_is_published_for_two_days_before_it_is_used_and_the_old_one_for_eight_days_after_that()
    {
        var next = Made + KeyPlan.Period;

        Assert.Equal([Made, next], KeyPlan.Of([next, Made], next + TimeSpan.FromHours(47)).Published);
        Assert.Equal([next, Made], KeyPlan.Of([next, Made], next + TimeSpan.FromHours(48)).Published);
        Assert.Equal([next, Made], KeyPlan.Of([next, Made], next + TimeSpan.FromDays(9.9)).Published);
        Assert.Equal([next], KeyPlan.Of([next, Made], next + TimeSpan.FromDays(10)).Published);
    }

    [Fact]
    public void A_portal_that_was_off_for_a_year_goes_on_with_its_key_until_the_new_one_is_known()
    {
        var next = Made + TimeSpan.FromDays(365);

        Assert.Equal(Made, KeyPlan.Of([Made, next], next).Current);
    }
}
