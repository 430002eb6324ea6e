using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sallyport.Contracts;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Web.Trace;

namespace Sallyport.Gateway.Web.Asset;

/// <summary>Signs in by a <see cref="WebFormRecipe"/>, so that the first page the user sees is the one behind the form. What it gets is in the session's <see cref="CookieJar"/>.</summary>
internal sealed partial class FormSignIn(WebTarget target, AssetClient client, CookieJar jar, GatewayRequestTrace own, WebCredential.Form credential)
{
    private const int MaxPage = 512 * 1024;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    /// <exception cref="AssetFailureException">The asset refused, or did not answer.</exception>
    public async Task SignInAsync(CancellationToken cancellationToken)
    {
        var recipe = credential.Recipe;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Timeout);
        try
        {
            var fields = new Dictionary<string, string>(StringComparer.Ordinal);
            if (recipe.Page is { } page)
            {
                using var form = await SendAsync(new HttpRequestMessage(HttpMethod.Get, target.Origin + page), page, timeout.Token);
                foreach (var (name, value) in HiddenFields(await ReadAsync(form, timeout.Token)))
                {
                    fields[name] = value;
                }
            }

            if (recipe.UserField is { } user)
            {
                fields[user] = credential.UserName;
            }

            fields[recipe.PasswordField] = credential.Password;

            using var request = new HttpRequestMessage(HttpMethod.Post, target.Origin + recipe.Action)
            {
                Content = recipe.Json
                    ? new StringContent(JsonSerializer.Serialize(fields), Encoding.UTF8, "application/json")
                    : new FormUrlEncodedContent(fields),
            };
            using var answer = await SendAsync(request, recipe.Action, timeout.Token);
            if (!Succeeded(answer))
            {
                throw new AssetFailureException(SessionEndReason.CredentialRefused, "The asset refused the stored user name or password at its sign-in form. Ask an admin to check the service's credential and sign-in recipe.");
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new AssetFailureException(SessionEndReason.AssetLost, "The asset did not answer at its sign-in form. Try again; if it stays so, ask an admin to check the service.", e);
        }
    }

    /// <summary>Does an answer lead to the form, as it does when the asset has forgotten the sign-in?</summary>
    public bool LeadsToForm(string? location) =>
        location is not null
        && Uri.TryCreate(new Uri(target.Origin), location, out var uri)
        && (uri.AbsolutePath == PathOf(credential.Recipe.Page) || uri.AbsolutePath == PathOf(credential.Recipe.Action));

    private static string? PathOf(string? pathAndQuery) => pathAndQuery?.Split('?')[0];

    private bool Succeeded(HttpResponseMessage answer) => credential.Recipe.SuccessCookie is { } cookie
        ? jar.All().Any(c => c.Name == cookie)
        : (int)answer.StatusCode < 400 && !LeadsToForm(answer.Headers.Location?.OriginalString);

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string path, CancellationToken cancellationToken)
    {
        path = PathOf(path)!;
        request.Version = HttpVersion.Version11;
        request.Headers.TryAddWithoutValidation("Origin", target.Origin);
        request.Headers.TryAddWithoutValidation("Referer", target.Origin + (credential.Recipe.Page ?? "/"));
        request.Headers.TryAddWithoutValidation("Accept", "text/html, application/json, */*");
        if (jar.For(path) is { Count: > 0 } cookies)
        {
            request.Headers.TryAddWithoutValidation("Cookie", string.Join("; ", cookies.Select(c => $"{c.Name}={c.Value}")));
        }

        var answer = await own.SendAsync(request, request.Content is null ? "opens the sign-in form." : "signs in.", () => client.Requests.SendAsync(request, cancellationToken));
        if (answer.Headers.TryGetValues("Set-Cookie", out var headers))
        {
            foreach (var header in headers)
            {
                jar.Store(header, path);
            }
        }

        return answer;
    }

    private static async Task<string> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var bytes = new byte[MaxPage];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    private static IEnumerable<(string Name, string Value)> HiddenFields(string html) =>
        from Match input in Input().Matches(html)
        let attributes = Attribute().Matches(input.Value).ToLookup(a => a.Groups["name"].Value, a => WebUtility.HtmlDecode(a.Groups["value"].Value.Trim('"', '\'')), StringComparer.OrdinalIgnoreCase)
        where attributes["type"].FirstOrDefault()?.Equals("hidden", StringComparison.OrdinalIgnoreCase) == true
        let name = attributes["name"].FirstOrDefault()
        where !string.IsNullOrEmpty(name)
        select (name, attributes["value"].FirstOrDefault() ?? "");

    [GeneratedRegex("<input\\b[^>]{0,4096}>", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Input();

    [GeneratedRegex("(?<name>[a-z-]+)\\s*=\\s*(?<value>\"[^\"]*\"|'[^']*'|[^\\s\"'>]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Attribute();
}
