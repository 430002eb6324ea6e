using Sallyport.Contracts;
using Sallyport.Portal.Plants;

namespace Sallyport.Portal.Tests.Plants;

public sealed class ScreenPasswordsTests
{
    [Fact]
    public void What_was_sealed_before_there_were_two_is_the_control_password()
    {
        Assert.Equal(new ScreenPasswords("1234567", null), ScreenPasswords.Read("1234567"));
        Assert.Equal(new ScreenPasswords("", null), ScreenPasswords.Read(""));
    }

    [Fact]
    public void Two_are_read_as_they_were_sealed_and_what_is_left_empty_stays()
    {
        var both = ScreenPasswords.Read(new ScreenPasswords("", null).With("12345678", "1234567", two: true).Text);

        Assert.Equal(new ScreenPasswords("12345678", "1234567"), both);
        Assert.Equal(new ScreenPasswords("another", "1234567"), both.With("another", null, two: true));
        Assert.Equal(new ScreenPasswords("12345678", "other"), both.With("", "other", two: true));
        Assert.Equal(new ScreenPasswords("12345678", null), both.With(null, null, two: false));
        Assert.DoesNotContain("1234", both.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_view_password_that_is_too_long_is_refused_as_the_control_password_is()
    {
        var spec = new ServiceSpec(ServiceKind.Vnc, "Screen", 5900, "", "12345678", false, 0, new ScreenSettings { ViewPassword = true }, null, "123456789");

        Assert.Contains("8 characters", ServiceRules.Fault(spec), StringComparison.Ordinal);
        Assert.Null(ServiceRules.Fault(spec with { ViewSecret = "1234567" }));
    }
}
