using Sallyport.Contracts;

namespace Sallyport.Gateway.Sessions;

/// <summary>A session whose ticket was redeemed and whose asset has not answered yet. It can be ended like one that runs.</summary>
internal sealed class OpeningSession : IDisposable
{
    private readonly CancellationTokenSource _over = new();

    /// <summary>Null while it may go on.</summary>
    public (SessionEndReason Reason, string Message)? Ended { get; private set; }

    public CancellationToken Over => _over.Token;

    public void End(SessionEndReason reason, string message)
    {
        Ended = (reason, message);
        try
        {
            _over.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It was opened, or given up, at this moment.
        }
    }

    public void Dispose() => _over.Dispose();
}
