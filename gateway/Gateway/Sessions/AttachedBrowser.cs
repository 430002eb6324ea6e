using System.Security.Cryptography;
using System.Text;

namespace Sallyport.Gateway.Sessions;

/// <summary>The browser that a session is attached to, one at a time, and the token that a browser resumes it with after its link dropped.</summary>
internal sealed class AttachedBrowser(TimeProvider time)
{
    private readonly Lock _lock = new();
    private BrowserConnection? _browser;
    private byte[] _token = [];
    private byte[] _olderToken = [];
    private byte[]? _last;
    private long _leftAt = time.GetTimestamp();

    /// <summary>How long no browser has been attached; null while one is.</summary>
    public TimeSpan? DetachedFor
    {
        get
        {
            lock (_lock)
            {
                return _browser is null ? time.GetElapsedTime(_leftAt) : null;
            }
        }
    }

    /// <summary>Attaches this browser; an older link is closed. Where the session is over already, it is told so.</summary>
    /// <returns>The token to come back with.</returns>
    public string Attach(BrowserConnection browser)
    {
        lock (_lock)
        {
            _browser?.Close();
            _browser = browser;
            if (_last is { } last)
            {
                // The asset hung up before any browser was attached.
                _ = browser.FinishAsync(last);
            }

            // The one before stays good until this one was used: the answer that carries it may be lost on the way.
            _olderToken = _token;
            _token = RandomNumberGenerator.GetBytes(32);
            return Convert.ToHexStringLower(_token);
        }
    }

    /// <summary>Attaches another browser, for good: the one before is told so, and its token is void.</summary>
    /// <returns>The token to come back with.</returns>
    public string TakeOver(BrowserConnection browser)
    {
        lock (_lock)
        {
            _ = _browser?.FinishAsync(SessionMessages.Json(SessionMessages.Refused, Refusals.TakenOver));
            _browser = null;
            _token = [];
            return Attach(browser);
        }
    }

    /// <returns>False when another browser is attached already.</returns>
    public bool Detach(BrowserConnection browser)
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
