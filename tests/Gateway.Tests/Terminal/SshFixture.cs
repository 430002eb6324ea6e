namespace Sallyport.Gateway.Tests.Terminal;

/// <summary>One sshd for all tests of a class.</summary>
public sealed class SshFixture : SshServer, IAsyncLifetime
{
    Task IAsyncLifetime.InitializeAsync() => StartAsync();

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();
}
