using System.Diagnostics;
using System.Net;
using Sallyport.Contracts;
using Sallyport.Gateway.Tests.Web.Support;

namespace Sallyport.Gateway.Tests.Web;

/// <summary>How soon an end is one, and what comes after it.</summary>
public sealed class EndTests(DemoHmi hmi) : IClassFixture<DemoHmi>
{
    private static readonly TimeSpan _bound = TimeSpan.FromSeconds(1);

    // The promise is about the gateway. Measured is what a client sees, from the word to the last of its connections; what a busy machine adds to that is
    // not the gateway's, and the best of a few tries has the least of it.
    private const int Tries = 5;

    [Theory]
    [InlineData(SessionEndReason.Revoked, "An admin took the access away.")]
    [InlineData(SessionEndReason.User, "You ended the session.")]
    [InlineData(SessionEndReason.GrantEnded, "The time of your grant is over. Ask for access again if you need more.")]
    public async Task An_end_closes_sockets_and_streams_within_a_second_and_later_requests_are_told_why(SessionEndReason reason, string message)
    {
        await using var gateway = await WebGateway.StartAsync();
        var took = new List<TimeSpan>();
        do
        {
            took.Add(await EndAsync(gateway, reason, message));
        }
        while (took[^1] >= _bound && took.Count < Tries);

        Assert.True(took[^1] < _bound, $"It took {string.Join(", ", took)}.");
    }

    private async Task<TimeSpan> EndAsync(WebGateway gateway, SessionEndReason reason, string message)
    {
        using var browser = await gateway.ConnectAsync(hmi.Order());
        using var socket = await browser.OpenSocketAsync("/live");
        using var stream = await browser.GetAsync("/alarms");
        using var bar = await browser.GetAsync($"{browser.Bar}/events");
        var over = Task.WhenAll(ClosedAsync(socket, message), CutAsync(stream), ToldAsync(bar, message));
        var session = gateway.Sessions.Find(browser.SessionId)!;

        var watch = Stopwatch.StartNew();
        switch (reason)
        {
            case SessionEndReason.User:
                using (await browser.SendAsync(HttpMethod.Post, $"{browser.Bar}/end", null, r => r.Headers.Add("Origin", browser.Bar)))
                {
                    break;
                }

            case SessionEndReason.GrantEnded:
                session.MoveEnd(DateTimeOffset.UtcNow);
                break;
            default:
                session.End(reason, message);
                break;
        }

        await over.WaitAsync(TimeSpan.FromSeconds(30));
        var took = watch.Elapsed;
        foreach (var url in (string[])["/", "/api/setpoint", $"{browser.Bar}/"])
        {
            using var page = await browser.GetAsync(url, r => r.Headers.Add("Accept", "text/html"));
            Assert.Equal(HttpStatusCode.Gone, page.StatusCode);
            Assert.Contains(message, await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        // Only to the browser that had it.
        using var stranger = new WebBrowser(gateway, browser.SessionId);
        Assert.DoesNotContain(message, await stranger.GetStringAsync("/"), StringComparison.Ordinal);
        return took;
    }

    private static async Task ClosedAsync(System.Net.WebSockets.ClientWebSocket socket, string message)
    {
        string last;
        do
        {
            last = await WebBrowser.ReceiveAsync(socket);
        }
        while (last.StartsWith('{'));

        Assert.Equal($"closed 1001: {message}", last);
    }

    private static async Task CutAsync(HttpResponseMessage stream)
    {
        await Assert.ThrowsAnyAsync<Exception>(() => stream.Content.ReadAsStringAsync());
    }

    private static async Task ToldAsync(HttpResponseMessage bar, string message)
    {
        var told = await bar.Content.ReadAsStringAsync();
        Assert.Contains("event: ended", told, StringComparison.Ordinal);
        Assert.Contains(message, told, StringComparison.Ordinal);
    }
}
