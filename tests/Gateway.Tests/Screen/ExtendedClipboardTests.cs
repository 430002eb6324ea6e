using Sallyport.Gateway.Screen.Rfb.Asset;

namespace Sallyport.Gateway.Tests.Screen;

/// <summary>Text in both directions at once: with a real server that knows UTF-8, and with a panel that does not.</summary>
public sealed class ExtendedClipboardTests
{
    private const string Text = "Уровень 7,5 m³\nポンプ 🔧";

    [Fact]
    public async Task A_server_that_knows_it_is_given_any_text_and_gives_any()
    {
        await using var server = await XServer.StartAsync(width: 200, height: 150);
        await using var follower = await Follower.ConnectAsync(await server.ConnectAsync());
        await follower.UntilAsync(f => f.Events.Count > 0, "a picture");

        await follower.Client.SendTextAsync(Text, CancellationToken.None);
        await Eventually.HoldsAsync("the text at the asset", async () => await server.ClipboardAsync() == Text);

        await server.CopyAsync(Text + "!");
        await follower.UntilAsync(f => Heard(f).Contains(Text + "!"), "the text from the asset");
    }

    [Fact]
    public async Task A_panel_that_does_not_know_it_gets_Latin_1_with_question_marks()
    {
        var heard = new TaskCompletionSource<byte[]>();
        await using var panel = new FakePanel(async c =>
        {
            await c.GreetAsync();
            await c.HearRequestAsync();
            await c.SayAsync(Rfb.Update());
            while ((await c.HearAsync(1))[0] != 6)
            {
                await c.HearAsync(9);
            }

            heard.SetResult(await c.HearAsync(7 + 9));
            await c.ListenAsync();
        });
        await using var follower = await Follower.ConnectAsync(await panel.ConnectAsync());
        await follower.UntilAsync(f => f.Events.Count > 0, "an update");

        await follower.Client.SendTextAsync("7,5 m³ 液位", CancellationToken.None);

        Assert.Equal([0, 0, 0, 0, 0, 0, 9, .. "7,5 m"u8, 0xB3, .. " ??"u8], await heard.Task.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    private static List<string?> Heard(Follower follower)
    {
        lock (follower.Events)
        {
            return [.. follower.Events.Where(e => e.Kind == RfbEventKind.CutText).Select(e => e.Text)];
        }
    }
}
