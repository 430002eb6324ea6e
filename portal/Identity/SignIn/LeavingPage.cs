using System.Net;
using System.Text;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>Leads a form on to a provider by a page: browsers hold a form's redirects to the form-action of our Content-Security-Policy, which is us.</summary>
internal static class LeavingPage
{
    public static IResult To(string title, string url, string text) => Results.Content(
        $"""<!doctype html><html lang="en"><title>{title}</title><meta http-equiv="refresh" content="0;url={WebUtility.HtmlEncode(url)}"><p><a href="{WebUtility.HtmlEncode(url)}">{text}</a>.</p></html>""",
        "text/html",
        Encoding.UTF8);
}
