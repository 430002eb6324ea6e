using Sallyport.Fuzz.Web;

namespace Sallyport.Gateway.Tests.Web;

public sealed class FuzzTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Spoilt_words_of_an_asset_are_taken_or_dropped_but_never_lead_astray_or_crash(int seed)
    {
        var fuzzer = new WebFuzzer(seed);
        for (var i = 0; i < 5_000; i++)
        {
            Assert.Null((await fuzzer.StepAsync())?.What);
        }
    }
}
