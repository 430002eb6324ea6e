using System.Security.Cryptography;
using System.Text;

namespace Sallyport.Gateway.Sessions;

/// <summary>The one place in front of a session: which browser has it, and the token that a browser comes back with after its link dropped.</summary>
internal sealed class BrowserSeat(TimeProvider time)
{
    private readonly Lock _lock = new();
    private BrowserConnection? _browser;
    private byte[] _token = [];
    private byte[] _olderToken = [];
    private byte[]? _last;
    private long _leftAt = time.GetTimestamp();

    /// <summary>How long nobody has sat here; null while somebody does.</summary>
    public TimeSpan? Empty
    {
        get
        {
            lock (_lock)
            {
                return _browser is null ? time.GetElapsedTime(_leftAt) : null;
            }
        }
    }

    /// <summary>Gives the seat to this browser; an older link of it is closed. Where all is over already, it is told so.</summary>
    /// <returns>The token to come back with.</returns>
    public string Take(BrowserConnection browser)
    {
        lock (_lock)
        {
            _browser?.Close();
            _browser = browser;
            if (_last is { } last)
            {
                // The asset hung up before anybody could sit down.
                _ = browser.FinishAsync(last);
            }

            // The one before stays good until this one was used: the answer that carries it may be lost on the way.
            _olderToken = _token;
            _token = RandomNumberGenerator.GetBytes(32);
            return Convert.ToHexStringLower(_token);
        }
    }

    /// <summary>Gives the seat to another browser, for good: the one before is told so, and does not come back with the token it has.</summary>
    /// <returns>The token to come back with.</returns>
    public string TakeOver(BrowserConnection browser)
    {
        lock (_lock)
        {
            _ = _browser?.FinishAsync(SessionMessages.Json(SessionMessages.Refused, Refusals.TakenOver));
            _browser = null;
            _token = [];
            return Take(browser);
        }
    }

    /// <returns>False when another browser had taken the seat already.</returns>
    public bool Leave(BrowserConnection browser)
    {
        lock (_lock)
        {
            if (_browser != browser)
            {
                return false;
            }

            _browser = null;
            _leftAt = time.GetTimestamp();
            return true;
        }
    }

    public bool MayResume(string token)
    {
        lock (_lock)
        {
            return Is(_token) || Is(_olderToken);
        }

        bool Is(byte[] known) => known.Length > 0 && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(Convert.ToHexStringLower(known)));
    }

    public void Send(byte[] message)
    {
        lock (_lock)
        {
            _browser?.Send(message);
        }
    }

    public Task FinishAsync(byte[] message)
    {
        BrowserConnection? browser;
        lock (_lock)
        {
            (browser, _last) = (_browser, message);
        }

        return browser?.FinishAsync(message) ?? Task.CompletedTask;
    }
}
