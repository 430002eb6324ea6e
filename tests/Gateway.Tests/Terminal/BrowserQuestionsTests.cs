using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Text.Json;
using Sallyport.Contracts;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Terminal;
using Sallyport.Gateway.Terminal.Ssh;
using Sallyport.Gateway.Tests.Sessions;

namespace Sallyport.Gateway.Tests.Terminal;

/// <summary>An asset's questions on their way to a browser that has no open session yet, and its answers.</summary>
public sealed class BrowserQuestionsTests : IAsyncLifetime
{
    private static readonly AssetQuestion Question = new("Look at your telephone.", [new AssetPrompt("Code:", false)]);

    private readonly CancellationTokenSource _closed = new();
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(30));
    private WebSocket _browser = null!;
    private BrowserConnection _connection = null!;
    private Task _sending = Task.CompletedTask;

    [Fact]
    public async Task The_browser_is_asked_in_the_assets_words_and_may_ping_and_change_its_size_meanwhile()
    {
        var answers = AskAsync();
        using var question = JsonDocument.Parse(await ReadAsync(TerminalMessages.Question));
        Assert.Equal(("Look at your telephone.", "Code:", false), (
            question.RootElement.GetProperty("instruction").GetString(),
            question.RootElement.GetProperty("prompts")[0].GetProperty("text").GetString(),
            question.RootElement.GetProperty("prompts")[0].GetProperty("echo").GetBoolean()));

        await SendAsync([SessionMessages.Ping, 1, 2, 3, 4, 5, 6, 7, 8]);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], await ReadAsync(SessionMessages.Pong));
        await SendAsync([TerminalMessages.Resize, 80, 0, 24, 0]);
        await SendAsync(SessionMessages.Json(TerminalMessages.Answer, new AnswerMessage(["123456"])));

        Assert.Equal(["123456"], await answers);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"answers":null}""")]
    [InlineData("""{"answers":[]}""")]
    [InlineData("""{"answers":["1","2"]}""")]
    [InlineData("""{"answers":[null]}""")]
    [InlineData("""{"answers":"1"}""")]
    [InlineData("not JSON")]
    public async Task Who_cancels_or_answers_something_else_is_not_signed_in(string body)
    {
        var answers = AskAsync();
        await SendAsync([TerminalMessages.Answer, .. System.Text.Encoding.UTF8.GetBytes(body)]);

        Assert.Equal(SessionEndReason.User, (await Assert.ThrowsAsync<AssetFailureException>(() => answers)).Reason);
    }

    [Fact]
    public async Task An_answer_that_is_too_long_is_none()
    {
        var answers = AskAsync();
        await SendAsync(SessionMessages.Json(TerminalMessages.Answer, new AnswerMessage([new string('1', 501)])));

        await Assert.ThrowsAsync<AssetFailureException>(() => answers);
    }

    [Fact]
    public async Task What_a_page_never_sends_here_is_no_answer()
    {
        var answers = AskAsync();
        await SendAsync([TerminalMessages.Input, 0, 0, 0, 0, 0, 0, 0, 0, 65]);

        await Assert.ThrowsAsync<AssetFailureException>(() => answers);
    }

    [Fact]
    public async Task A_browser_that_leaves_ends_the_sign_in()
    {
        var answers = AskAsync();
        await _browser.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);

        Assert.Equal(SessionEndReason.BrowserLost, (await Assert.ThrowsAsync<AssetFailureException>(() => answers)).Reason);
    }

    [Fact]
    public async Task A_browser_that_does_not_answer_in_time_can_still_be_told_so()
    {
        var answers = AskAsync();
        await ReadAsync(TerminalMessages.Question);
        await _patience.CancelAsync();

        Assert.Equal(SessionEndReason.BrowserLost, (await Assert.ThrowsAsync<AssetFailureException>(() => answers)).Reason);
        _connection.Refuse(Refusals.TooLate);
        await ReadAsync(SessionMessages.Refused);
    }

    public Task InitializeAsync()
    {
        var (toBrowser, toGateway) = (new Pipe(), new Pipe());
        var gateway = WebSocket.CreateFromStream(new DuplexStream(toGateway.Reader, toBrowser.Writer), new WebSocketCreationOptions { IsServer = true });
        _browser = WebSocket.CreateFromStream(new DuplexStream(toBrowser.Reader, toGateway.Writer), new WebSocketCreationOptions());
        _connection = new BrowserConnection(gateway, _closed);
        _sending = _connection.SendLoopAsync();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _closed.CancelAsync();
        await _sending;
        _browser.Dispose();
        _patience.Dispose();
        _closed.Dispose();
    }

    private Task<IReadOnlyList<string>> AskAsync() => new BrowserQuestions(_connection).AskAsync(Question, _patience.Token);

    private Task SendAsync(byte[] message) => _browser.SendAsync(message, WebSocketMessageType.Binary, true, CancellationToken.None);

    private async Task<byte[]> ReadAsync(byte type)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var received = await _browser.ReceiveAsync(buffer, timeout.Token);
            if (buffer[0] == type)
            {
                return buffer[1..received.Count];
            }
        }
    }
}
