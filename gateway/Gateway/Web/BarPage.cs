using System.Net;
using System.Reflection;

namespace Sallyport.Gateway.Web;

/// <summary>
/// The page of a session's bar: asset, time left, End; and below it the HMI in a frame of another origin. The frame can neither reach the bar's
/// document, nor lie over it, nor lead the tab away, nor fill the screen.
/// </summary>
internal static class BarPage
{
    public static readonly byte[] Script = Read("bar.js");
    public static readonly byte[] Style = Read("bar.css");

    /// <param name="portal">Where the page leads back to at the end; null: the gateway does not know yet.</param>
    public static string Html(WebSession session, string? portal)
    {
        var popups = session.Policy.AllowPopups ? " allow-popups" : "";
        var asset = WebUtility.HtmlEncode(session.AssetName);
        var readOnly = session.Policy.Methods.Any(WebPolicy.MayChange) ? "" : "<span class=\"read-only\" title=\"This service is there to look, not to change\">Read only</span>";
        return $"""
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{asset} – Sallyport</title>
            <link rel="stylesheet" href="/bar.css">
            <body data-key="{session.Attachment.BarCookie.Key}">
            <header>
            <h1>{asset} <small>{WebUtility.HtmlEncode(session.PlantName)}</small></h1>
            {readOnly}
            <span class="recorded" title="Every request of this page is recorded"><i></i>Recorded</span>
            <span class="time-left" role="timer"><span class="label">Time left</span> <time id="left"></time></span>
            <button id="end" type="button">End</button>
            </header>
            <p id="banner" role="status" hidden></p>
            <section id="idle" hidden><p><strong id="ask" role="alert"></strong> Nobody has done anything here for a while. The session ends in <time id="idle-left"></time>.</p><button id="stay" type="button">I am still here</button></section>
            <main>
            <iframe id="hmi" title="{asset}" sandbox="allow-scripts allow-same-origin allow-forms allow-modals allow-downloads{popups}" allow="" referrerpolicy="no-referrer" src="{session.HmiOrigin}{EntryPath}?pass={session.Attachment.Passes.Issue()}"></iframe>
            <section id="over" role="alert" hidden><h2>The session is over</h2><p id="why"></p>{SessionPage.Link(portal)}</section>
            </main>
            <script src="/bar.js"></script>
            </html>
            """;
    }

    public const string EntryPath = Forwarding.RequestGate.ReservedPath + "/enter";

    public static void Protect(HttpResponse response, WebSession session)
    {
        SessionPage.Protect(response);
        response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src {session.HmiOrigin}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        response.Headers.XFrameOptions = "DENY";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        response.Headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), display-capture=(), fullscreen=(), usb=(), serial=(), midi=(), payment=()";
    }

    private static byte[] Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Sallyport.Gateway.Web.Pages.{name}")!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
