using Sallyport.Contracts;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Terminal.Ssh;

namespace Sallyport.Gateway.Terminal;

/// <summary>Puts an asset's questions to the browser whose terminal is being opened. Until it has answered, nothing else of it is read.</summary>
internal sealed class BrowserQuestions(BrowserConnection browser)
{
    private const int MaxAnswer = 500;

    /// <inheritdoc cref="AskTechnician"/>
    public async Task<IReadOnlyList<string>> AskAsync(AssetQuestion question, CancellationToken cancellationToken)
    {
        browser.Send(SessionMessages.Json(TerminalMessages.Question, question));
        try
        {
            var (type, body) = await browser.ReceiveAsync(cancellationToken);
            while (type == TerminalMessages.Resize)
            {
                // A tablet's keyboard makes its window smaller. The page says its size again when the terminal is there.
                (type, body) = await browser.ReceiveAsync(cancellationToken);
            }

            var answers = type == TerminalMessages.Answer ? SessionMessages.Read<AnswerMessage>(body.Span)?.Answers : null;
            return answers is null || answers.Count != question.Prompts.Count || answers.Any(answer => answer is not { Length: <= MaxAnswer })
                ? throw new AssetFailureException(SessionEndReason.User, "You did not answer what the asset asked, and were not signed in there.")
                : answers;
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException)
        {
            throw new AssetFailureException(SessionEndReason.BrowserLost, "Nobody answered in time what the asset asked.", e);
        }
        catch (System.Net.WebSockets.WebSocketException e)
        {
            throw new AssetFailureException(SessionEndReason.BrowserLost, "The browser left before it answered what the asset asked.", e);
        }
    }
}

/// <param name="Answers">One for each prompt; null: they cancelled.</param>
internal sealed record AnswerMessage(IReadOnlyList<string>? Answers);
