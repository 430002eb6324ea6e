using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Net;
using Sallyport.Contracts;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Web.Asset;
using Sallyport.Gateway.Web.Forwarding;
using Sallyport.Gateway.Web.Trace;
using Sallyport.Recording;

namespace Sallyport.Gateway.Web;

/// <summary>
/// One running web session: an asset's HMI, for one browser, recorded. Its end cancels every request, stream and socket of it; what comes
/// afterwards is told why.
/// </summary>
public sealed class WebSession : BrokeredSession
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SignInInterval = TimeSpan.FromSeconds(10);

    private const int MaxFormerSeats = 16;

    private readonly ConcurrentQueue<WebAttachment> _formerSeats = new();
    private readonly RequestLimiter _requests;
    private readonly Repeats _repeats;
    private readonly SemaphoreSlim _signingIn = new(1, 1);
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _leftAt;
    private long? _signedInAgainAt;
    private int _bars;

    private WebSession(SessionContext context, WebService service, WebTarget target, WebOrigins origins)
        : base(context)
    {
        (Policy, Target) = (service.Policy, target);
        _requests = new RequestLimiter(Policy.MaxConcurrentRequests);
        _repeats = new Repeats(Time);
        _leftAt = Time.GetTimestamp();
        (HmiOrigin, BarOrigin) = (origins.Hmi(Id), origins.Bar(Id));
        FramePolicy = $"frame-ancestors {BarOrigin} {HmiOrigin}";
        Own = new AssetUrlMapper(target, origins, Id);
        Jar = new CookieJar(Time);
        Cookies = new CookieExchange(Jar, Policy, origins.IsHttps);
        Recorder = new HttpRecorder(RecordTraceAsync, Policy);
        Attachment = new WebAttachment(Time, Ending);

        // The password is only where it is used: in the form's recipe or the digest handler, and in the header made here.
        var ownRequests = new GatewayRequestTrace(Recorder, Time);
        Client = new AssetClient(target, Policy, service.Credential, ownRequests, Time, shown => End(SessionEndReason.HostKeyChanged, AssetCheck.ChangedMessage(target, shown)));
        SignIn = service.Credential is WebCredential.Form form ? new FormSignIn(target, Client, Jar, ownRequests, form) : null;
        CredentialHeader = HeaderOf(service.Credential);
        SignsRequests = service.Credential is WebCredential.Digest || CredentialHeader?.Name.Equals("Authorization", StringComparison.OrdinalIgnoreCase) == true;
        Ending.Register(Changed);
    }

    public string AssetName => Order.Asset.Name;

    public string PlantName => Order.Plant.Name;

    public WebPolicy Policy { get; }

    internal string HmiOrigin { get; }

    internal string BarOrigin { get; }

    /// <summary>The content security policy that every answer of the asset's gets.</summary>
    internal string FramePolicy { get; }

    internal WebTarget Target { get; }

    internal AssetUrlMapper Own { get; }

    internal CookieJar Jar { get; }

    internal CookieExchange Cookies { get; }

    internal AssetClient Client { get; }

    internal HttpRecorder Recorder { get; }

    internal FormSignIn? SignIn { get; }

    /// <summary>The browser's that has the session.</summary>
    internal WebAttachment Attachment { get; private set; }

    /// <summary>Browsers' that had it before.</summary>
    internal IReadOnlyCollection<WebAttachment> FormerSeats => _formerSeats;

    internal (string Name, string Value)? CredentialHeader { get; }

    /// <summary>The gateway puts in Authorization; what the browser has of it stays here.</summary>
    internal bool SignsRequests { get; }

    protected override TimeSpan? Unattended => Volatile.Read(ref _bars) == 0 ? Time.GetElapsedTime(Volatile.Read(ref _leftAt)) : null;

    /// <summary>Connects once and signs in, so that what is wrong is said before the first page.</summary>
    /// <param name="allowLocal">Assets on this machine are allowed: for tests and a demo.</param>
    /// <exception cref="AssetFailureException">It cannot start; reason and message say why.</exception>
    /// <exception cref="RecordingException">Its first event could not be written.</exception>
    internal static async Task<WebSession> OpenAsync(SessionContext context, WebService service, WebOrigins origins, bool allowLocal, CancellationToken cancellationToken)
    {
        var target = await TargetAsync(service, allowLocal, cancellationToken);
        await AssetCheck.ConnectAsync(target, AssetClient.ConnectTimeout, cancellationToken);
        var session = new WebSession(context, service, target, origins);
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

        return session;
    }

    /// <summary>Completes when an end was moved or has come.</summary>
    internal Task WhenChangedAsync()
    {
        lock (_lock)
        {
            return _changed.Task;
        }
    }

    /// <summary>Gives the session to another browser of its user. What is open for the one before is closed.</summary>
    /// <exception cref="RecordingException">It cannot be recorded; the session is ended.</exception>
    internal async Task TakeOverAsync()
    {
        var former = Attachment;
        _formerSeats.Enqueue(former);
        while (_formerSeats.Count > MaxFormerSeats)
        {
            _formerSeats.TryDequeue(out _);
        }

        Attachment = new WebAttachment(Time, Ending);
        await former.LeaveAsync();
        Changed();
        Touch();
        await RecordMarkerAsync("The session went on in another window");
    }

    /// <summary>A bar's page is open; disposed when it is closed.</summary>
    internal IDisposable Attach()
    {
        Interlocked.Increment(ref _bars);
        return new DisposableAction(() =>
        {
            Volatile.Write(ref _leftAt, Time.GetTimestamp());
            Interlocked.Decrement(ref _bars);
        });
    }

    /// <summary>When the session ends unless somebody does something; null while there is no need to ask.</summary>
    internal DateTimeOffset? IdleEndsAt => IdleNotice is { } left ? Time.GetUtcNow() + left : null;

    /// <summary>A place for one request; null when the service allows no more at once, or the session has ended.</summary>
    internal IDisposable? Enter() => Ended is null ? _requests.TryAcquire() : null;

    /// <summary>A person did something.</summary>
    internal void Touch() => TouchInput();

    /// <summary>The HMI's page sent something. A person made it do so, unless it is what the page sends again and again.</summary>
    /// <inheritdoc cref="Repeats.Has"/>
    internal void Sent(string path, string? body)
    {
        if (!_repeats.Has(path, body))
        {
            Touch();
        }
    }

    /// <summary>Once more by the recipe, when the asset has forgotten the first time; not again and again.</summary>
    /// <returns>False when it was tried a moment ago, or was refused.</returns>
    internal async Task<bool> SignInAgainAsync(CancellationToken cancellationToken)
    {
        var asked = Time.GetTimestamp();
        await _signingIn.WaitAsync(cancellationToken);
        try
        {
            if (_signedInAgainAt > asked)
            {
                return true;
            }

            if (SignIn is null || (_signedInAgainAt is { } last && Time.GetElapsedTime(last) < SignInInterval))
            {
                return false;
            }

            _signedInAgainAt = Time.GetTimestamp();
            Jar.Clear();
            await SignIn.SignInAsync(cancellationToken);
            return true;
        }
        catch (AssetFailureException)
        {
            return false;
        }
        finally
        {
            _signingIn.Release();
        }
    }

    // Each request relays for itself, and the end cancels it.
    protected override Task RelayAsync() => Task.Delay(Timeout.Infinite, Ending);

    protected override void Disconnect()
    {
        // Not before the last request has said how it went: see RecordRestAsync.
    }

    protected override async ValueTask RecordRestAsync()
    {
        await Task.WhenAny(_requests.CloseAsync(), Task.Delay(DrainTime, Time));
        Client.Dispose();
        Jar.Clear();
    }

    // The bar counts down by itself; all it needs to hear is that the session's end has moved, or that it must ask whether somebody is there.
    protected override void Notify(NoticeMessage notice) => Changed();

    private static async Task<WebTarget> TargetAsync(WebService service, bool allowLocal, CancellationToken cancellationToken)
    {
        var pin = CertificatePin.Normalize(service.CertificateSha256);
        if (service.Tls && pin is null)
        {
            throw new AssetFailureException(SessionEndReason.HostKeyChanged, "No certificate is pinned for this service. Ask an admin to scan and pin it.");
        }

        try
        {
            service.Policy.Validated();
            if (service.Credential is WebCredential.Form form && !form.Recipe.HasPaths())
            {
                throw new ValidationException("The sign-in recipe needs paths that begin with one slash.");
            }
        }
        catch (ValidationException e)
        {
            throw new AssetFailureException(SessionEndReason.NotStarted, $"The service's settings are not right: {e.Message} Ask an admin to correct them.", e);
        }

        var address = await AssetAddress.ResolveAsync(service.Address, allowLocal, cancellationToken);
        var target = new WebTarget(new IPEndPoint(address, service.Port), service.Tls, service.Host ?? service.Address, service.Aliases, service.Tls ? pin : null, service.LegacyTls);
        return !Ipv4.IsHost(target.Host)
            ? throw new AssetFailureException(SessionEndReason.NotStarted, "The service's host name is not one. Ask an admin to correct it.")
            : target;
    }

    private static (string, string)? HeaderOf(WebCredential? credential) => credential switch
    {
        WebCredential.Basic basic => ("Authorization", "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{basic.UserName}:{basic.Password}"))),
        WebCredential.Header header => (header.Name, header.Value),
        _ => null,
    };

    private ValueTask RecordTraceAsync(HttpTrace trace) => RecordAsync(RecordingEventKind.Http, trace.Encode());

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
}
