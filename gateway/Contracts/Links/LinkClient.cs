using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Sallyport.Contracts.Signing;

namespace Sallyport.Contracts.Links;

/// <summary>
/// A gateway's or hub's identity and its calls to the portal. The key is made here and never leaves; the portal knows its
/// public half since enrollment, and every request carries a token signed with it.
/// </summary>
public sealed class LinkClient : IDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http;
    private readonly string _dataFolder;
    private readonly TimeProvider _time;
    private readonly string _codeFile;
    private readonly Lock _signing = new();

    /// <param name="certificatePin">SHA-256 of the portal's public key (SPKI), base64; null: the system's trust decides.</param>
    /// <param name="dataFolder">Holds the key and, after enrollment, the id.</param>
    public LinkClient(string portalUrl, string? certificatePin, string dataFolder, TimeProvider time)
    {
        (_dataFolder, _time, _codeFile) = (dataFolder, time, Path.Combine(dataFolder, "enrollment-code"));
        Directory.CreateDirectory(dataFolder);
        Key = LoadKey(KeyFile);
        PublicKey = PublicKey.Of(Key);
        _http = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, errors) => PinnedCertificate.Accepts(certificate, errors, certificatePin) },
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
            ConnectTimeout = TimeSpan.FromSeconds(5),
        })
        { BaseAddress = new Uri(portalUrl), Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Signs link tokens and recordings.</summary>
    public ECDsa Key { get; private set; }

    public PublicKey PublicKey { get; private set; }

    public ComponentEnrolled? Component { get; private set; }

    /// <summary>A code of <c>portal component add</c> or <c>rekey</c> lies in the data folder, in <c>enrollment-code</c>.</summary>
    public bool IsToEnrollAgain => File.Exists(_codeFile);

    private string KeyFile => Path.Combine(_dataFolder, "key.pem");

    /// <summary>Loads what was enrolled, or enrolls with the one-time code; with one that lies in the data folder again, with a new key.</summary>
    /// <exception cref="InvalidOperationException">There is neither, or the portal refused; the message says what to do.</exception>
    /// <exception cref="HttpRequestException">The portal cannot be reached, or the code to enroll again with cannot be used.</exception>
    public async Task EnrollAsync(string? code, GatewayInfo? gateway, HubInfo? hub, CancellationToken cancellationToken)
    {
        if (IsToEnrollAgain)
        {
            await EnrollAgainAsync(gateway, hub, cancellationToken);
            return;
        }

        var file = Path.Combine(_dataFolder, "component.json");
        if (File.Exists(file))
        {
            Component = JsonSerializer.Deserialize<ComponentEnrolled>(await File.ReadAllTextAsync(file, cancellationToken), LinkJson.Options);
            return;
        }

        if (string.IsNullOrEmpty(code))
        {
            throw new InvalidOperationException("Not enrolled yet: run `deploy/portal component add` at the portal, and write the code that it prints into the file enrollment-code in the data folder, readable for this program's user alone; or start this once with it as EnrollmentCode.");
        }

        var (answer, refusal) = await EnrollAsync(new ComponentEnrollment(code, PublicKey, gateway, hub), cancellationToken);
        if (refusal is not null)
        {
            throw new InvalidOperationException($"The portal refused the enrollment: {refusal}");
        }

        Component = JsonSerializer.Deserialize<ComponentEnrolled>(answer, LinkJson.Options);
        await File.WriteAllTextAsync(file, answer, cancellationToken);
    }

    public async Task<Stream> OpenEventsAsync(string route, CancellationToken cancellationToken)
    {
        using var request = Request(HttpMethod.Get, route, []);
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStreamAsync(cancellationToken);
    }

    /// <exception cref="HttpRequestException">The portal cannot be reached, or refused.</exception>
    public async Task PostAsync<T>(string route, T body, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(route, body, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>The answer, or the portal's refusal.</summary>
    public async Task<(TAnswer? Answer, LinkError? Error)> AskAsync<T, TAnswer>(string route, T body, CancellationToken cancellationToken)
        where TAnswer : class
    {
        using var response = await SendAsync(route, body, cancellationToken);
        if (response.StatusCode == System.Net.HttpStatusCode.Conflict)
        {
            return (null, await response.Content.ReadFromJsonAsync<LinkError>(LinkJson.Options, cancellationToken));
        }

        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<TAnswer>(LinkJson.Options, cancellationToken), null);
    }

    public void Dispose()
    {
        _http.Dispose();
        Key.Dispose();
    }

    // The key before stays with what it has begun, such as recordings; nothing is proved with it any more.
    private async Task EnrollAgainAsync(GatewayInfo? gateway, HubInfo? hub, CancellationToken cancellationToken)
    {
        var draft = $"{KeyFile}.next";
        string code;
        try
        {
            code = (await File.ReadAllTextAsync(_codeFile, cancellationToken)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HttpRequestException($"The code to enroll again with cannot be read: {e.Message}", e);
        }

        var key = LoadKey(draft);
        var (answer, refusal) = await EnrollAsync(new ComponentEnrollment(code, PublicKey.Of(key), gateway, hub), cancellationToken);
        if (refusal is not null)
        {
            key.Dispose();
            throw new HttpRequestException($"The portal refused the code in {_codeFile}: {refusal}");
        }

        File.Move(draft, KeyFile, overwrite: true);
        await File.WriteAllTextAsync(Path.Combine(_dataFolder, "component.json"), answer, cancellationToken);
        File.Delete(_codeFile);
        lock (_signing)
        {
            (Key, PublicKey, Component) = (key, PublicKey.Of(key), JsonSerializer.Deserialize<ComponentEnrolled>(answer, LinkJson.Options));
        }
    }

    private async Task<(string Answer, string? Refusal)> EnrollAsync(ComponentEnrollment enrollment, CancellationToken cancellationToken)
    {
        using var response = await _http.PostAsJsonAsync("/link/enroll", enrollment, LinkJson.Options, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        if (response.StatusCode == System.Net.HttpStatusCode.Forbidden)
        {
            return (text, JsonSerializer.Deserialize<LinkError>(text, LinkJson.Options)?.Message ?? "It does not say why.");
        }

        response.EnsureSuccessStatusCode();
        return (text, null);
    }

    private async Task<HttpResponseMessage> SendAsync<T>(string route, T body, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(CallTimeout);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, LinkJson.Options);
        using var request = Request(HttpMethod.Post, route, bytes);
        request.Content = new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/json", "utf-8") } };
        try
        {
            return await _http.SendAsync(request, timeout.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException("The portal did not answer in time.", e);
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string route, ReadOnlySpan<byte> body)
    {
        var component = Component ?? throw new InvalidOperationException("Not enrolled.");
        lock (_signing)
        {
            return new HttpRequestMessage(method, route)
            {
                Headers = { Authorization = new AuthenticationHeaderValue("Bearer", LinkToken.Create(component.ComponentId, _time.GetUtcNow(), PublicKey.KeyId, Key, method.Method, route, body)) },
            };
        }
    }

    private static ECDsa LoadKey(string path)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (File.Exists(path))
        {
            key.ImportFromPem(File.ReadAllText(path));
            return key;
        }

        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        file.Write(System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
        return key;
    }
}
