namespace Sallyport.Gateway.Sessions;

/// <summary>What a protocol sends to one browser, pulled as fast as that browser takes it: the slow one decides its own pace and nobody else's.</summary>
internal interface IBrowserStream
{
    /// <summary>The next whole message; empty: nothing yet. Valid until the next call.</summary>
    ReadOnlyMemory<byte> Next();

    /// <summary>Completes when there is more than at the last empty <see cref="Next"/>.</summary>
    Task MoreAsync();
}
