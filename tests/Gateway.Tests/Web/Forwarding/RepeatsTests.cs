using Sallyport.Gateway.Web.Forwarding;

namespace Sallyport.Gateway.Tests.Web.Forwarding;

public sealed class RepeatsTests
{
    private readonly ShiftedTime _time = new();
    private readonly Repeats _repeats;

    public RepeatsTests() => _repeats = new Repeats(_time);

    [Fact]
    public void The_same_bytes_to_the_same_path_are_a_repeat_and_nothing_else_is()
    {
        Assert.False(_repeats.Has("POST /rpc", "aa"));
        Assert.True(_repeats.Has("POST /rpc", "aa"));
        Assert.False(_repeats.Has("POST /rpc", "bb"));
        Assert.False(_repeats.Has("POST /rpc?n=1", "aa"));
        Assert.False(_repeats.Has("PUT /rpc", "aa"));
    }

    [Fact]
    public void A_poll_stays_one_for_as_long_as_it_goes_on()
    {
        _repeats.Has("POST /rpc", "aa");
        for (var minutes = 0; minutes < 60; minutes += 4)
        {
            _time.Ahead += TimeSpan.FromMinutes(4);
            Assert.True(_repeats.Has("POST /rpc", "aa"));
        }

        _time.Ahead += Repeats.Memory + TimeSpan.FromSeconds(1);
        Assert.False(_repeats.Has("POST /rpc", "aa"));
    }

    [Fact]
    public void What_is_remembered_is_bounded_and_the_oldest_goes_first()
    {
        _repeats.Has("POST /first", null);
        for (var i = 0; i < 1000; i++)
        {
            _time.Ahead += TimeSpan.FromMilliseconds(1);
            Assert.False(_repeats.Has($"POST /{i}", null));
            Assert.True(_repeats.Has("POST /poll", null) || i == 0);
        }

        Assert.False(_repeats.Has("POST /first", null));
    }
}
