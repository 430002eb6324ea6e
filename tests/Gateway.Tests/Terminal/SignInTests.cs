using System.Text.Json;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Terminal.Ssh;

namespace Sallyport.Gateway.Tests.Terminal;

/// <summary>What an asset may ask at sign-in, and what the stored password answers: only a single prompt without echo, once.</summary>
public sealed class SignInTests
{
    private const string Secret = "only-once-4711";

    private static readonly object Hidden = new { prompt = "Password: ", echo = false };
    private static readonly object Shown = new { prompt = "Ticket number: ", echo = true };

    [Fact]
    public async Task A_single_prompt_without_echo_gets_the_password()
    {
        await using var asset = await StartAsync(Round(), Round(Hidden), Round());

        using var shell = await OpenAsync(asset);

        Assert.Equal([Secret], await NextAnswersAsync(asset, skip: 1));
    }

    [Fact]
    public async Task A_prompt_with_echo_does_not_get_the_password()
    {
        await using var asset = await StartAsync(Round(Shown));

        var failure = await RefusedAsync(asset);

        Assert.Contains("shows while it is typed", failure.Message, StringComparison.Ordinal);
        Assert.Empty(await AnswersAsync(asset));
    }

    [Fact]
    public async Task Several_prompts_at_once_do_not_get_the_password()
    {
        await using var asset = await StartAsync(Round(Hidden, Hidden));

        var failure = await RefusedAsync(asset);

        Assert.Contains("2 questions at once", failure.Message, StringComparison.Ordinal);
        Assert.Empty(await AnswersAsync(asset));
    }

    [Fact]
    public async Task A_prompt_after_the_first_answer_does_not_get_the_password_again()
    {
        await using var asset = await StartAsync(Round(Hidden), Round(Hidden));

        var failure = await RefusedAsync(asset);

        Assert.Contains("asks again", failure.Message, StringComparison.Ordinal);
        Assert.Equal([Secret], Assert.Single(await AnswersAsync(asset)));
    }

    [Fact]
    public async Task A_prompt_after_the_password_was_accepted_does_not_get_it_again()
    {
        await using var asset = await SshPeer.StartAsync(new { methods = new[] { "password", "keyboard-interactive" }, partial = true, rounds = new[] { Round(Hidden) } });

        var failure = await RefusedAsync(asset);

        Assert.Contains("second factor", failure.Message, StringComparison.Ordinal);
        Assert.Empty(await AnswersAsync(asset));
    }

    [Fact]
    public async Task An_asset_that_wants_a_new_password_first_is_named_as_such()
    {
        await using var asset = await SshPeer.StartAsync(new { change = true });

        var failure = await RefusedAsync(asset);

        Assert.Contains("to be changed", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MaxAuthTries 1", true)]
    [InlineData("PubkeyAcceptedAlgorithms ssh-rsa", false)]
    public async Task An_RSA_key_signs_with_SHA_2_and_nothing_else(string settings, bool signsIn)
    {
        var server = new SshServer { KeyType = "rsa", Settings = settings };
        await server.InitializeAsync();
        try
        {
            var opening = SshShell.OpenAsync("127.0.0.1", server.Port, new AssetCredential("root", null, server.PrivateKey), server.HostKey, 80, 24, CancellationToken.None);
            if (signsIn)
            {
                using var shell = await opening;
            }
            else
            {
                Assert.Equal(SessionEndReason.CredentialRefused, (await Assert.ThrowsAsync<AssetFailureException>(() => opening)).Reason);
            }
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_asset_that_hangs_up_on_a_wrong_password_refused_it()
    {
        var server = new SshServer { Settings = "MaxAuthTries 1" };
        await server.InitializeAsync();
        try
        {
            var failure = await Assert.ThrowsAsync<AssetFailureException>(() =>
                SshShell.OpenAsync("127.0.0.1", server.Port, new AssetCredential("root", Secret, null), server.HostKey, 80, 24, CancellationToken.None));

            Assert.Equal(SessionEndReason.CredentialRefused, failure.Reason);
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    private static object Round(params object[] prompts) => new { prompts };

    private static Task<SshPeer> StartAsync(params object[] rounds) => SshPeer.StartAsync(new { methods = new[] { "keyboard-interactive" }, rounds });

    private static Task<SshShell> OpenAsync(SshPeer asset) =>
        SshShell.OpenAsync("127.0.0.1", asset.Port, new AssetCredential("root", Secret, null), asset.HostKey, 80, 24, CancellationToken.None);

    private static async Task<AssetFailureException> RefusedAsync(SshPeer asset)
    {
        var failure = await Assert.ThrowsAsync<AssetFailureException>(() => OpenAsync(asset));
        Assert.Equal(SessionEndReason.CredentialRefused, failure.Reason);
        Assert.DoesNotContain(Secret, failure.Message, StringComparison.Ordinal);
        return failure;
    }

    private static async Task<string[]> NextAnswersAsync(SshPeer asset, int skip)
    {
        for (; skip > 0; skip--)
        {
            await asset.NextAsync("answers");
        }

        return Texts(await asset.NextAsync("answers"));
    }

    /// <summary>Everything that the asset was answered until the gateway hung up.</summary>
    private static async Task<IReadOnlyList<string[]>> AnswersAsync(SshPeer asset) =>
        [.. (await asset.UntilAsync("closed")).Where(seen => seen.TryGetProperty("answers", out _)).Select(Texts)];

    private static string[] Texts(JsonElement seen) => [.. seen.GetProperty("answers").EnumerateArray().Select(answer => answer.GetString()!)];
}
