namespace Sallyport.EndToEnd.Tests.Support;

/// <summary>Tests that leave no open page behind.</summary>
public abstract class BrowserTests(Installation installation) : IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => installation.CloseBrowsersAsync();
}
