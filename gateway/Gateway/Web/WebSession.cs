using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Sallyport.Contracts;
using Sallyport.Gateway.Web.Asset;
using Sallyport.Gateway.Web.Forwarding;
using Sallyport.Gateway.Web.Trace;
using Sallyport.Recording;

namespace Sallyport.Gateway.Web;

/// <summary>
/// One running web session: an asset's HMI, for one browser, recorded. Its end cancels every request, stream and socket of it; what comes
/// afterwards is told why. It outlives the bar's page for a while, and not its recording.
/// </summary>
public sealed class WebSession
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SignInInterval = TimeSpan.FromSeconds(10);

    private readonly WebSessionOrder _order;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _ending = new();
    private readonly SemaphoreSlim _signingIn = new(1, 1);
    private readonly Lock _lock = new();
    private volatile WebSessionEnd? _end;
    private long _endsAt;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _drained;
    private long _lastRequest;
    private long _leftAt;
    private long? _signedInAgainAt;
    private int _bars;
    private int _active;

    private WebSession(WebSessionOrder order, WebTarget target, WebOrigins origins, RecordEvent record, TimeProvider time)
    {
        // The password is only where it is used: in the form's recipe or the digest handler, and in the header made here.
        _order = order with { Credential = null };
        (Target, Origins, _time) = (target, origins, time);
        EndsAt = order.EndsAt;
        Ending = _ending.Token;
        _lastRequest = _leftAt = time.GetTimestamp();
        Own = new OwnAddress(target, origins, order.SessionId);
        Jar = new CookieJar(time);
        Cookies = new CookieExchange(Jar, order.Policy, origins.IsHttps);
        Recorder = new HttpRecorder(RecordAsync, order.Policy);
        Passes = new EntryPasses(time);
        Client = new AssetClient(target, order.Policy, order.Credential, CertificateChanged);
        SignIn = order.Credential is WebCredential.Form form ? new FormSignIn(target, Client, Jar, form) : null;
        CredentialHeader = HeaderOf(order.Credential);
        SignsRequests = order.Credential is WebCredential.Digest || CredentialHeader?.Name.Equals("Authorization", StringComparison.OrdinalIgnoreCase) == true;
        Completion = Task.CompletedTask;

        async ValueTask RecordAsync(RecordingEventKind kind, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
        {
            try
            {
                await record(kind, payload, cancellationToken);
            }
            catch (RecordingException)
            {
                End(SessionEndReason.RecordingFailed, "The session was ended because its recording can no longer be written (is the disk full?). What was recorded is kept. Tell an admin.");
                throw;
            }
        }
    }

    public Guid Id => _order.SessionId;

    public string AssetName => _order.AssetName;

    public string PlantName => _order.PlantName;

    public string UserName => _order.UserName;

    public WebPolicy Policy => _order.Policy;

    public DateTimeOffset EndsAt
    {
        get => new(Volatile.Read(ref _endsAt), TimeSpan.Zero);
        private set => Volatile.Write(ref _endsAt, value.UtcTicks);
    }

    /// <summary>Cancelled at the session's end.</summary>
    public CancellationToken Ending { get; }

    /// <summary>Why it ended; null while it runs.</summary>
    public WebSessionEnd? Ended => _end;

    /// <summary>Every request is over and its event handed to the recording, which may now be sealed.</summary>
    public Task Completion { get; private set; }

    internal WebOrigins Origins { get; }

    internal WebTarget Target { get; }

    internal OwnAddress Own { get; }

    internal CookieJar Jar { get; }

    internal CookieExchange Cookies { get; }

    internal AssetClient Client { get; }

    internal HttpRecorder Recorder { get; }

    internal EntryPasses Passes { get; }

    internal FormSignIn? SignIn { get; }

    internal SessionCookie HmiCookie { get; } = new();

    internal SessionCookie BarCookie { get; } = new();

    internal (string Name, string Value)? CredentialHeader { get; }

    /// <summary>The gateway puts in Authorization; what the browser has of it stays here.</summary>
    internal bool SignsRequests { get; }

    /// <summary>Connects once and signs in, so that what is wrong is said before the first page; the recording must have begun.</summary>
    /// <param name="allowLocal">Assets on this machine are allowed: for tests and a demo.</param>
    /// <exception cref="WebFailureException">It cannot start; reason and message say why.</exception>
    /// <exception cref="RecordingException">Its first event could not be written.</exception>
    internal static async Task<WebSession> OpenAsync(WebSessionOrder order, WebOrigins origins, RecordEvent record, bool allowLocal, TimeProvider time, CancellationToken cancellationToken)
    {
        var pin = CertificatePin.Normalize(order.CertificateSha256);
        if (order.Tls && pin is null)
        {
            throw new WebFailureException(SessionEndReason.HostKeyChanged, "No certificate is pinned for this service. Ask an admin to scan and pin it.");
        }

        try
        {
            order.Policy.Validated();
            if (order.Credential is WebCredential.Form { Recipe.IsUsable: false })
            {
                throw new ValidationException("The sign-in recipe needs fields, and paths that begin with one slash.");
            }
        }
        catch (ValidationException e)
        {
            throw new WebFailureException(SessionEndReason.NotStarted, $"The service's settings are not right: {e.Message} Ask an admin to correct them.", e);
        }

        var address = await AssetAddress.ResolveAsync(order.Address, allowLocal, cancellationToken);
        var target = new WebTarget(new IPEndPoint(address, order.Port), order.Tls, order.Host ?? order.Address, order.Aliases, order.Tls ? pin : null, order.LegacyTls);
        if (Uri.CheckHostName(target.Host) == UriHostNameType.Unknown)
        {
            throw new WebFailureException(SessionEndReason.NotStarted, "The service's host name is not one. Ask an admin to correct it.");
        }

        await CheckConnectionAsync(target, cancellationToken);
        var session = new WebSession(order, target, origins, record, time);
        try
        {
            await session.Recorder.BeginAsync(target);
            if (session.SignIn is { } signIn)
            {
                await signIn.SignInAsync(cancellationToken);
            }
        }
        catch
        {
            session.Client.Dispose();
            throw;
        }

        session.Completion = session.RunAsync();
        return session;
    }

    /// <summary>The first reason stands.</summary>
    public void End(SessionEndReason reason, string message)
    {
        lock (_lock)
        {
            _end ??= new WebSessionEnd(reason, message);
        }

        _ending.Cancel();
        Changed();
    }

    public void MoveEnd(DateTimeOffset endsAt)
    {
        EndsAt = endsAt;
        Changed();
    }

    /// <summary>Completes when the end was moved or has come.</summary>
    internal Task WhenChangedAsync()
    {
        lock (_lock)
        {
            return _changed.Task;
        }
    }

    /// <summary>A bar's page is open; disposed when it is closed.</summary>
    internal IDisposable Attach()
    {
        lock (_lock)
        {
            _bars++;
        }

        return new Release(() =>
        {
            lock (_lock)
            {
                _bars--;
                _leftAt = _time.GetTimestamp();
            }
        });
    }

    /// <summary>A place for one request; null when the service allows no more at once, or the session has ended.</summary>
    internal IDisposable? Enter()
    {
        lock (_lock)
        {
            if (_end is not null || _active >= Policy.MaxConcurrentRequests)
            {
                return null;
            }

            _active++;
            Touch();
        }

        return new Release(() =>
        {
            lock (_lock)
            {
                if (--_active == 0)
                {
                    _drained?.TrySetResult();
                }
            }
        });
    }

    /// <summary>The user's browser did something.</summary>
    internal void Touch() => Volatile.Write(ref _lastRequest, _time.GetTimestamp());

    /// <summary>Once more by the recipe, when the asset has forgotten the first time; not again and again.</summary>
    /// <returns>False when it was tried a moment ago, or was refused.</returns>
    internal async Task<bool> SignInAgainAsync(CancellationToken cancellationToken)
    {
        var asked = _time.GetTimestamp();
        await _signingIn.WaitAsync(cancellationToken);
        try
        {
            if (_signedInAgainAt > asked)
            {
                return true;
            }

            if (SignIn is null || (_signedInAgainAt is { } last && _time.GetElapsedTime(last) < SignInInterval))
            {
                return false;
            }

            _signedInAgainAt = _time.GetTimestamp();
            Jar.Clear();
            await SignIn.SignInAsync(cancellationToken);
            return true;
        }
        catch (WebFailureException)
        {
            return false;
        }
        finally
        {
            _signingIn.Release();
        }
    }

    private static async Task CheckConnectionAsync(WebTarget target, CancellationToken cancellationToken)
    {
        string? shown = null;
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(AssetClient.ConnectTimeout);
            if (target.Tls)
            {
                shown = (await CertificateScan.ReadAsync(target.EndPoint, target.Host, target.LegacyTls, timeout.Token)).Sha256;
            }
            else
            {
                using var socket = new Socket(target.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(target.EndPoint, timeout.Token);
            }
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            throw new WebFailureException(SessionEndReason.AssetLost, "The asset and the gateway find no common TLS. If the device is old, an admin can allow old TLS for this service; or it speaks plain HTTP at this port.", e);
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new WebFailureException(SessionEndReason.AssetLost, "The asset does not answer. Is it switched on, and is its web server running?", e);
        }

        if (shown != target.CertificateSha256)
        {
            throw new WebFailureException(SessionEndReason.HostKeyChanged, CertificateMessage(target, shown!));
        }
    }

    private void CertificateChanged(string shown) => End(SessionEndReason.HostKeyChanged, CertificateMessage(Target, shown));

    private static string CertificateMessage(WebTarget target, string shown) =>
        $"The asset shows another certificate than the one that was pinned. Pinned: {CertificatePin.Display(target.CertificateSha256!)}. Shown now: {CertificatePin.Display(shown)}. If the device or its certificate was replaced, an admin must pin the new one; if not, do not connect.";

    private static (string, string)? HeaderOf(WebCredential? credential) => credential switch
    {
        WebCredential.Basic basic => ("Authorization", "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{basic.UserName}:{basic.Password}"))),
        WebCredential.Header header => (header.Name, header.Value),
        _ => null,
    };

    private void Changed()
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.TrySetResult();
    }

    // Everything that time does to a session, and its end.
    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Tick, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(Ending))
            {
                if (_time.GetUtcNow() >= EndsAt)
                {
                    End(SessionEndReason.GrantEnded, "The time of your grant is over. Ask for access again if you need more.");
                }

                if (_order.IdleTimeoutSeconds > 0 && _time.GetElapsedTime(Volatile.Read(ref _lastRequest)).TotalSeconds > _order.IdleTimeoutSeconds)
                {
                    End(SessionEndReason.Idle, $"Nothing was done for {_order.IdleTimeoutSeconds / 60} minutes.");
                }

                if (Volatile.Read(ref _bars) == 0 && _time.GetElapsedTime(Volatile.Read(ref _leftAt)).TotalSeconds > _order.LinkGraceSeconds)
                {
                    End(SessionEndReason.BrowserLost, "The browser's page was closed, or its link dropped and did not come back in time.");
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Ended; the reason is set.
        }

        lock (_lock)
        {
            _drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_active == 0)
            {
                _drained.TrySetResult();
            }
        }

        await Task.WhenAny(_drained.Task, Task.Delay(DrainTime));
        Client.Dispose();
        Jar.Clear();
    }

    private sealed class Release(Action action) : IDisposable
    {
        private Action? _action = action;

        public void Dispose() => Interlocked.Exchange(ref _action, null)?.Invoke();
    }
}

/// <summary>Why a session ended, for the portal and for the person.</summary>
public sealed record WebSessionEnd(SessionEndReason Reason, string Message);
