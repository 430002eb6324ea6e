using Sallyport.Contracts;

namespace Sallyport.Gateway.Web;

/// <summary>What one browser has of a web session: the cookies that let it in, and all that is open for it.</summary>
internal sealed class WebAttachment(TimeProvider time, CancellationToken ending)
{
    public const string TakenOver = "You went on with this session in another window.";

    private readonly CancellationTokenSource _left = CancellationTokenSource.CreateLinkedTokenSource(ending);

    public SessionCookie HmiCookie { get; } = new();

    public SessionCookie BarCookie { get; } = new();

    public EntryPasses Passes { get; } = new(time);

    /// <summary>Cancelled when another browser takes the session over, and at its end.</summary>
    public CancellationToken Left => _left.Token;

    /// <summary>Closes all that is open for this browser.</summary>
    public Task LeaveAsync() => _left.CancelAsync();

    public SessionCookie CookieOf(WebHostKind kind) => kind == WebHostKind.Bar ? BarCookie : HmiCookie;
}
