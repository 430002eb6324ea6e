using System.Net;
using System.Text;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>Leads on to the provider's sign-out by a page: browsers hold a form's redirects to the form-action of our Content-Security-Policy, which is us.</summary>
internal static class LeavingPage
{
    public static IResult For(string url) => Results.Content(
        $"""<!doctype html><html lang="en"><title>Signing out</title><meta http-equiv="refresh" content="0;url={WebUtility.HtmlEncode(url)}"><p><a href="{WebUtility.HtmlEncode(url)}">Go on to the sign-in service</a>, which signs you out.</p></html>""",
        "text/html",
        Encoding.UTF8);
}
