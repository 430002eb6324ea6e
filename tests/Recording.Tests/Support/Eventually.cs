using System.Diagnostics;

namespace Sallyport.Recording.Tests.Support;

public static class Eventually
{
    /// <summary>Waits up to ten seconds for something that another task does.</summary>
    public static async Task HoldsAsync(Func<bool> condition)
    {
        for (var waited = Stopwatch.StartNew(); !condition(); await Task.Delay(10))
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(10), "It did not come to hold within 10 s.");
        }
    }
}
