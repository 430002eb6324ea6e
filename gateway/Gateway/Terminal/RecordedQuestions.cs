using System.Text;
using Sallyport.Gateway.Terminal.Ssh;
using Sallyport.Recording;

namespace Sallyport.Gateway.Terminal;

/// <summary>What an asset asks at sign-in is part of its session: the recording has its words, and the answers that are no secrets.</summary>
internal sealed class RecordedQuestions(RecordingWriter recording, AskTechnician ask)
{
    private const string Secret = "••••";

    /// <inheritdoc cref="AskTechnician"/>
    public async Task<IReadOnlyList<string>> AskAsync(AssetQuestion question, CancellationToken cancellationToken)
    {
        await MarkAsync($"The asset asks at sign-in: {string.Join(" ", question.Prompts.Select(prompt => $"“{prompt.Text}”"))}", cancellationToken);
        var answers = await ask(question, cancellationToken);
        await MarkAsync($"Answered: {string.Join(" ", answers.Zip(question.Prompts).Select(pair => pair.Second.Echo ? $"“{pair.First}”" : Secret))}", cancellationToken);
        return answers;
    }

    private Task MarkAsync(string text, CancellationToken cancellationToken) =>
        recording.WriteAsync(RecordingEventKind.Marker, Encoding.UTF8.GetBytes(text), cancellationToken).AsTask();
}
