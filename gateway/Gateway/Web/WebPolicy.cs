using System.ComponentModel.DataAnnotations;
using Sallyport.Contracts;

namespace Sallyport.Gateway.Web;

/// <summary>What a service lets a user do with its web HMI, and how much of it is kept. Every default is the safe one that most HMIs work with.</summary>
public sealed record WebPolicy
{
    public static readonly IReadOnlyList<string> ReadOnlyMethods = ["GET", "HEAD"];

    /// <summary>Never sent to an asset: CONNECT and TRACE are not in it.</summary>
    public static readonly IReadOnlyList<string> AllMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    private const int MaxBodyLimit = 256 * 1024;

    /// <summary>Where the browser begins.</summary>
    public string StartPath { get; init; } = "/";

    /// <summary>A path is allowed when it is one of these or below one. <c>/</c> allows all.</summary>
    public IReadOnlyList<string> PathPrefixes { get; init; } = ["/"];

    public IReadOnlyList<string> Methods { get; init; } = AllMethods;

    public bool AllowWebSockets { get; init; } = true;

    /// <summary>Lets the HMI open windows of its own. Those have no bar: what is in them can pretend to be anything.</summary>
    public bool AllowPopups { get; init; }

    /// <summary>A request's body, or one WebSocket message, in bytes.</summary>
    public long MaxRequestBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Requests of this session at the same time, streams and sockets among them.</summary>
    public int MaxConcurrentRequests { get; init; } = 64;

    /// <summary>Connections to the asset for requests: as many as a browser in the plant would open, since small controllers take no more.</summary>
    public int MaxConnections { get; init; } = 6;

    /// <summary>How long the asset may keep a request waiting without a byte, such as a long poll.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Replaces the asset's own address in pages, scripts and data by the session's, so that absolute links work.</summary>
    public bool RewriteBodies { get; init; } = true;

    /// <summary>
    /// Names of cookies that the HMI's own scripts write for the asset to read; <c>*</c> for any. All others reach the asset only with a value that
    /// the asset has set itself, so that no page of another session can slip one in.
    /// </summary>
    public IReadOnlyList<string> PageCookies { get; init; } = [];

    /// <summary>How much of a changing request's body is recorded, in bytes.</summary>
    public int RecordedBodyBytes { get; init; } = 64 * 1024;

    /// <summary>How much of a WebSocket message is recorded, in bytes.</summary>
    public int RecordedMessageBytes { get; init; } = 8 * 1024;

    /// <summary>
    /// Fields whose values are masked in the recording, wherever they are: names that end in these words, in any spelling, beside those that are
    /// unmistakable anywhere in a name (password). See docs/web-sessions.md.
    /// </summary>
    public IReadOnlyList<string> SecretFields { get; init; } =
    [
        "password", "pass", "pass_word", "passwd", "passcode", "passkey", "passphrase", "pwd", "pswd", "psw", "pw", "pin", "pin_code", "puk", "otp", "psk", "mdp", "mot_de_passe", "senha", "parola", "heslo",
        "haslo", "hasło", "userpass", "loginpass", "adminpass", "secret", "secrets", "clientsecret", "secret_key", "secret_answer", "credential", "api_key", "access_key", "private_key", "encryption_key",
        "preshared_key", "pre_shared_key", "token", "auth", "authorization", "session_id", "jsessionid", "phpsessid", "community",
    ];

    public bool RestrictsPaths => !PathPrefixes.Contains("/", StringComparer.Ordinal);

    public bool Allows(string method) => Methods.Contains(method, StringComparer.Ordinal) && AllMethods.Contains(method, StringComparer.Ordinal);

    /// <summary>All but the two methods that are safe by RFC 9110, section 9.2.1, and in use.</summary>
    public static bool MayChange(string method) => !ReadOnlyMethods.Contains(method, StringComparer.Ordinal);

    /// <exception cref="ValidationException">The service's settings make no sense; the message says which.</exception>
    public WebPolicy Validated()
    {
        Check(WebPath.IsPath(StartPath), $"The start path '{StartPath}' must begin with one slash.");
        Check(PathPrefixes.Count > 0 && PathPrefixes.All(WebPath.IsPath), "Every allowed path must begin with one slash, and there must be one.");
        Check(Methods.Count > 0 && Methods.All(m => AllMethods.Contains(m, StringComparer.Ordinal)), $"Allowed methods can be: {string.Join(", ", AllMethods)}.");
        Check(MaxRequestBytes is > 0 and <= WebSettings.MostRequestBytes, "A request can have at most 4 GiB.");
        Check(MaxConcurrentRequests is > 0 and <= 1000 && MaxConnections is > 0 and <= 100, "There must be room for a request, and for at most 1000.");
        Check(RecordedBodyBytes is >= 0 and <= MaxBodyLimit && RecordedMessageBytes is >= 0 and <= MaxBodyLimit, $"At most {MaxBodyLimit} bytes of a body or message can be recorded.");
        Check(AnswerTimeout > TimeSpan.Zero, "The asset needs some time to answer.");
        return this;

        static void Check(bool holds, string message)
        {
            if (!holds)
            {
                throw new ValidationException(message);
            }
        }
    }
}
