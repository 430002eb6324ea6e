using Sallyport.Fuzz.Recordings;

namespace Sallyport.Recording.Tests;

public class FuzzTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Spoilt_recordings_are_refused_or_read_but_never_crash_hang_or_pass_as_intact(int seed)
    {
        using var fuzzer = await RecordingFuzzer.CreateAsync(seed);
        for (var i = 0; i < 1500; i++)
        {
            Assert.Null((await fuzzer.StepAsync())?.What);
        }
    }
}
