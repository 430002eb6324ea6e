using Renci.SshNet.Common;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Terminal.Ssh;

/// <summary>What an asset asks at sign-in beyond the stored credential (RFC 4256, section 3.2), in its own words, cleaned.</summary>
/// <param name="Instruction">What it says before its prompts; may be empty.</param>
internal sealed record AssetQuestion(string Instruction, IReadOnlyList<AssetPrompt> Prompts)
{
    public const int MaxPrompts = 8;

    /// <summary>How long a person may take to answer: a code is read from a telephone. OpenSSH hangs up after two minutes.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public static AssetQuestion Of(string? instruction, IReadOnlyList<AuthenticationPrompt> prompts) =>
        new(AssetText.Clean(instruction ?? ""), [.. prompts.Select(prompt => new AssetPrompt(AssetText.Clean(prompt.Request), prompt.IsEchoed))]);
}

/// <param name="Echo">The asset wants what is typed to be seen; else it is a secret, and stands in no recording.</param>
internal sealed record AssetPrompt(string Text, bool Echo);

/// <summary>Has the technician answer.</summary>
/// <returns>One answer for each prompt.</returns>
/// <exception cref="AssetFailureException">They did not want to, or left.</exception>
internal delegate Task<IReadOnlyList<string>> AskTechnician(AssetQuestion question, CancellationToken cancellationToken);
