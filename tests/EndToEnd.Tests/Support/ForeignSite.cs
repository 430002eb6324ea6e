using System.Net;
using System.Text;

namespace Sallyport.EndToEnd.Tests.Support;

/// <summary>Somebody else's web server on another port of the portal's host: the same site, another origin.</summary>
internal sealed class ForeignSite : IAsyncDisposable
{
    public const string Url = "http://localhost:19998/";

    private readonly HttpListener _listener = new() { Prefixes = { Url } };
    private readonly Task _serving;

    private ForeignSite(string page, byte[] script)
    {
        _listener.Start();
        _serving = ServeAsync(page, script);
    }

    /// <param name="script">Blazor's, under <c>/blazor.js</c>.</param>
    public static ForeignSite Start(string page, byte[] script) => new(page, script);

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private async Task ServeAsync(string page, byte[] script)
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                var (type, body) = context.Request.Url!.AbsolutePath switch
                {
                    "/blazor.js" => ("text/javascript", script),
                    "/_blazor/initializers" => ("application/json", "[]"u8.ToArray()),
                    _ => ("text/html", Encoding.UTF8.GetBytes(page)),
                };
                context.Response.ContentType = type;
                context.Response.Close(body, willBlock: false);
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Closed: the test is over.
        }
    }
}
