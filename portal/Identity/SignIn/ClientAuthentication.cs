using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>
/// Sends the client's secret by HTTP Basic, which every token end point must take (RFC 6749, section 2.3.1), and where requests are pushed to as well (RFC 9126, section 2); the library puts it into the form,
/// which a provider need not take.
/// </summary>
/// <param name="inForm">Whether the provider takes it in the form alone.</param>
internal sealed class ClientAuthentication(Func<CancellationToken, Task<bool>> inForm) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is FormUrlEncodedContent content && !await inForm(cancellationToken))
        {
            using var reader = new FormReader(await content.ReadAsStringAsync(cancellationToken));
            var form = await reader.ReadFormAsync(cancellationToken);
            if (form.Remove("client_secret", out var secret))
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Uri.EscapeDataString(form["client_id"]!)}:{Uri.EscapeDataString(secret!)}")));
                if (form.ContainsKey("grant_type"))
                {
                    // A pushed request needs it all the same (RFC 9126, section 2.1).
                    form.Remove("client_id");
                }

                request.Content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Key, field.Value.ToString())));
            }
        }

        return await base.SendAsync(request, cancellationToken);
    }
}
