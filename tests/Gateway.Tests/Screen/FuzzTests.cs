using Sallyport.Fuzz.Rfb;

namespace Sallyport.Gateway.Tests.Screen;

public sealed class FuzzTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Spoilt_traces_are_refused_or_shown_but_never_crash_hang_or_fill_memory(int seed)
    {
        var fuzzer = new RfbFuzzer(seed);
        for (var i = 0; i < 1500; i++)
        {
            Assert.Null((await fuzzer.StepAsync())?.What);
        }
    }
}
