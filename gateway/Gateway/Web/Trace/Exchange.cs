using Sallyport.Recording;

namespace Sallyport.Gateway.Web.Trace;

/// <summary>One request while it is under way.</summary>
internal sealed class Exchange(long number, HttpRecorder recorder, HttpRequest request, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private readonly List<string> _notes = [];
    private readonly Lock _lock = new();
    private TimeSpan? _wait;

    public long Number => number;

    public string Path { get; } = recorder.PathOf(request);

    public void Note(string text)
    {
        lock (_lock)
        {
            _notes.Add(text);
        }
    }

    /// <summary>The response's head is there.</summary>
    public void Answered() => _wait ??= time.GetElapsedTime(_started);

    /// <summary>Before anything of it goes to the asset; see <see cref="HttpBegun"/>.</summary>
    public ValueTask BeginAsync() => recorder.WriteAsync(new HttpBegun(number, request.Method, Path));

    /// <param name="answered">The browser was told <paramref name="response"/>'s status; it had not left before.</param>
    /// <param name="sent">The request's body as far as the asset got it; null: nothing.</param>
    /// <param name="received">The asset's; null: nothing.</param>
    public ValueTask EndAsync(HttpResponse response, bool answered, BodyCapture? sent, BodyCapture? received, bool isDownload)
    {
        var total = time.GetElapsedTime(_started);
        return recorder.WriteAsync(new HttpExchange(
            number,
            request.Method,
            Path,
            request.Protocol,
            answered ? response.StatusCode : 0,
            Math.Round((_wait ?? total).TotalMilliseconds, 1),
            Math.Round(total.TotalMilliseconds, 1),
            sent?.Length ?? 0,
            received?.Length ?? 0,
            recorder.Chosen(request),
            recorder.Chosen(response),
            sent is not null && WebPolicy.MayChange(request.Method) ? recorder.BodyOf(request, sent) : null,
            isDownload ? received?.Sha256 : null,
            _notes.Count == 0 ? null : _notes));
    }
}
