using System.Net;
using System.Text.RegularExpressions;

namespace Sallyport.Portal.Tests.Support;

/// <summary>What a browser does with plain pages: keeps cookies, follows redirects when asked to, posts forms with their hidden fields.</summary>
public sealed partial class PortalBrowser : IDisposable
{
    private const int MaxRedirects = 10;

    public PortalBrowser(Uri portal)
        : this(portal, new SocketsHttpHandler())
    {
    }

    /// <param name="handler">Which portal of an installation each request comes to; belongs to the browser, which disposes it.</param>
    public PortalBrowser(Uri portal, SocketsHttpHandler handler)
    {
        (handler.CookieContainer, handler.AllowAutoRedirect) = (Cookies, false);
        Http = new HttpClient(handler) { BaseAddress = portal };
    }

    public CookieContainer Cookies { get; } = new();

    /// <summary>Follows no redirect.</summary>
    public HttpClient Http { get; }

    /// <summary>Signs in by the pages, as a person would, and fails when that does not end on <paramref name="returnUrl"/>.</summary>
    public async Task SignInAsync(TestUser user, string returnUrl = "/")
    {
        var answer = await TrySignInAsync(user.UserName, user.Password, returnUrl);
        if (answer.RequestMessage!.RequestUri!.PathAndQuery != returnUrl || answer.StatusCode != HttpStatusCode.OK)
        {
            throw new InvalidOperationException($"The sign-in ended at {answer.RequestMessage.RequestUri} with {(int)answer.StatusCode}.");
        }
    }

    /// <returns>The page that the sign-in ends on, whichever that is.</returns>
    public async Task<HttpResponseMessage> TrySignInAsync(string userName, string password, string returnUrl = "/")
    {
        var page = await OpenAsync($"/sign-in?with=openid&returnUrl={Uri.EscapeDataString(returnUrl)}");
        return await SubmitAsync(page, new() { ["userName"] = userName, ["password"] = password });
    }

    /// <summary>Gets a page and follows redirects to where they end.</summary>
    /// <param name="stopAt">Addresses that begin like this are not gone to: the redirect that leads there is the answer.</param>
    public async Task<HttpResponseMessage> OpenAsync(string url, string? stopAt = null) => await FollowAsync(await Http.GetAsync(new Uri(url, UriKind.RelativeOrAbsolute)), stopAt);

    public async Task<HttpResponseMessage> FollowAsync(HttpResponseMessage answer, string? stopAt = null)
    {
        for (var i = 0; i < MaxRedirects && answer.Headers.Location is { } location; i++)
        {
            var next = new Uri(answer.RequestMessage!.RequestUri!, location);
            if (stopAt is not null && next.AbsoluteUri.StartsWith(stopAt, StringComparison.Ordinal))
            {
                break;
            }

            answer = await Http.GetAsync(next);
        }

        return answer;
    }

    /// <summary>Fills in and posts the page's first form that takes any of these fields, or its only one, and follows redirects.</summary>
    public async Task<HttpResponseMessage> SubmitAsync(HttpResponseMessage page, Dictionary<string, string> fields, string? stopAt = null)
    {
        var (action, all) = await FormAsync(page, fields);
        using var content = new FormUrlEncodedContent(all);
        return await FollowAsync(await Http.PostAsync(new Uri(page.RequestMessage!.RequestUri!, action), content), stopAt);
    }

    /// <summary>The token that the page's forms carry; scripts send it as the header <c>RequestVerificationToken</c>.</summary>
    public static async Task<string> AntiforgeryTokenAsync(HttpResponseMessage page) =>
        HiddenFields(await page.Content.ReadAsStringAsync())["__RequestVerificationToken"];

    public void Dispose() => Http.Dispose();

    private static async Task<(string Action, Dictionary<string, string> Fields)> FormAsync(HttpResponseMessage page, Dictionary<string, string> fields)
    {
        var html = await page.Content.ReadAsStringAsync();
        var forms = Form().Matches(html);
        var form = forms.FirstOrDefault(form => fields.Keys.Any(name => form.Value.Contains($"name=\"{name}\"", StringComparison.Ordinal)))
            ?? (forms.Count == 1 ? forms[0] : null)
            ?? throw new InvalidOperationException($"No form of {page.RequestMessage!.RequestUri} ({(int)page.StatusCode}) takes {string.Join(", ", fields.Keys)}: {html}");
        var all = HiddenFields(form.Value);
        foreach (var (name, value) in fields)
        {
            all[name] = value;
        }

        return (WebUtility.HtmlDecode(form.Groups["action"].Value), all);
    }

    private static Dictionary<string, string> HiddenFields(string html) => Hidden().Matches(html).ToDictionary(
        input => WebUtility.HtmlDecode(Attribute(input.Value, "name")),
        input => WebUtility.HtmlDecode(Attribute(input.Value, "value")),
        StringComparer.Ordinal);

    private static string Attribute(string tag, string name) => Regex.Match(tag, $"\\s{name}=\"([^\"]*)\"", RegexOptions.None, TimeSpan.FromSeconds(1)).Groups[1].Value;

    [GeneratedRegex("<form[^>]*action=\"(?<action>[^\"]*)\".*?</form>", RegexOptions.Singleline, 1000)]
    private static partial Regex Form();

    [GeneratedRegex("<input[^>]*type=\"hidden\"[^>]*>", RegexOptions.None, 1000)]
    private static partial Regex Hidden();
}
