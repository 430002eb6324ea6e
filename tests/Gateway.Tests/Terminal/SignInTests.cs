using System.Text.Json;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Terminal.Ssh;

namespace Sallyport.Gateway.Tests.Terminal;

/// <summary>What an asset may ask at sign-in, and what the stored password answers: only a single prompt without echo, once.</summary>
public sealed class SignInTests(SshServer server) : IClassFixture<SshServer>
{
    private const string Secret = "only-once-4711";

    private static readonly object Hidden = Hide("Password: ");
    private static readonly object Code = Hide("Verification code: ");
    private static readonly object Shown = new { prompt = "Ticket number: ", echo = true };

    [Fact]
    public async Task A_single_prompt_without_echo_gets_the_password()
    {
        await using var asset = await StartAsync(Round(), Round(Hidden), Round());

        using var shell = await OpenAsync(asset);

        Assert.Equal([Secret], await NextAnswersAsync(asset, skip: 1));
    }

    [Theory]
    [InlineData("Password:")]
    [InlineData("root@filler-3's password: ")]
    [InlineData("Kennwort: ")]
    [InlineData("Mot de passe : ")]
    public async Task A_prompt_for_a_password_is_known_by_its_words(string prompt)
    {
        await using var asset = await StartAsync(Round(Hide(prompt)));

        using var shell = await OpenAsync(asset);

        Assert.Equal([Secret], await NextAnswersAsync(asset, skip: 0));
    }

    [Theory]
    [InlineData("Ticket number: ", true)]
    [InlineData("Password: ", true)]
    [InlineData("Verification code: ", false)]
    [InlineData("Enter PASSCODE: ", false)]
    [InlineData("One-time password (OATH) for `root': ", false)]
    [InlineData("Password + token: ", false)]
    [InlineData("", false)]
    public async Task Any_other_prompt_goes_to_the_technician_and_the_password_stays_here(string prompt, bool echo)
    {
        await using var asset = await StartAsync(Round(new { prompt, echo }));
        var technician = new Technician("4711");

        using var shell = await OpenAsync(asset, technician);

        Assert.Equal(["4711"], await NextAnswersAsync(asset, skip: 0));
        Assert.Equal([new AssetPrompt(prompt.Trim(), echo)], Assert.Single(technician.Asked).Prompts);
    }

    [Fact]
    public async Task Several_prompts_at_once_go_to_the_technician_together()
    {
        await using var asset = await StartAsync(Round(Hidden, Shown));
        var technician = new Technician("mine", "4711");

        using var shell = await OpenAsync(asset, technician);

        Assert.Equal(["mine", "4711"], await NextAnswersAsync(asset, skip: 0));
        Assert.Equal(2, Assert.Single(technician.Asked).Prompts.Count);
    }

    [Fact]
    public async Task A_second_factor_after_the_password_goes_to_the_technician()
    {
        await using var asset = await StartAsync(Round(Hidden), Round(Code));
        var technician = new Technician("123456");

        using var shell = await OpenAsync(asset, technician);

        Assert.Equal([Secret], await NextAnswersAsync(asset, skip: 0));
        Assert.Equal(["123456"], await NextAnswersAsync(asset, skip: 0));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_second_factor_after_an_accepted_key_or_password_goes_to_the_technician(bool key)
    {
        await using var asset = await SshPeer.StartAsync(new { methods = new[] { key ? "publickey" : "password", "keyboard-interactive" }, partial = true, rounds = new[] { Round(Hidden) } });
        var technician = new Technician("their own");

        using var shell = await OpenAsync(asset, technician, key ? new AssetCredential("root", null, server.PrivateKey) : null);

        Assert.Equal(["their own"], await NextAnswersAsync(asset, skip: 0));
    }

    [Fact]
    public async Task The_assets_words_reach_the_technician_without_what_would_change_their_meaning()
    {
        await using var asset = await StartAsync(new { title = "t", instructions = "Look at\u001b[2J \u202Eyour telephone", prompts = new[] { Hide("Co\u0007de\u202E: ") } });
        var technician = new Technician("1");

        using var shell = await OpenAsync(asset, technician);

        var asked = Assert.Single(technician.Asked);
        Assert.Equal(("Look at [2J  your telephone", "Co de :"), (asked.Instruction, asked.Prompts[0].Text));
    }

    [Fact]
    public async Task A_password_that_was_wrong_is_not_asked_of_the_technician()
    {
        await using var asset = await StartAsync(Round(Hidden), Round(Hidden));

        var failure = await RefusedAsync(asset, new Technician());

        Assert.Contains("asks for it again", failure.Message, StringComparison.Ordinal);
        Assert.Equal([Secret], Assert.Single(await AnswersAsync(asset)));
    }

    [Fact]
    public async Task A_new_password_is_set_by_nobody()
    {
        await using var asset = await StartAsync(Round(Hidden), Round(Hide("New password: "), Hide("Retype new password: ")));

        var failure = await RefusedAsync(asset, new Technician());

        Assert.Contains("to be changed", failure.Message, StringComparison.Ordinal);
        Assert.Single(await AnswersAsync(asset));
    }

    [Fact]
    public async Task Questions_without_end_and_too_many_at_once_are_refused()
    {
        await using (var asset = await StartAsync([.. Enumerable.Repeat(Round(Code), 20)]))
        {
            Assert.Contains("more questions than", (await RefusedAsync(asset, new Technician("1"))).Message, StringComparison.Ordinal);
        }

        await using var many = await StartAsync(Round([.. Enumerable.Repeat(Code, 9)]));
        Assert.Contains("more questions than", (await RefusedAsync(many, new Technician("1"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_there_is_nobody_to_ask_the_asset_is_answered_nothing()
    {
        await using var asset = await StartAsync(Round(Shown));

        var failure = await RefusedAsync(asset);

        Assert.Contains("more than the stored credential", failure.Message, StringComparison.Ordinal);
        Assert.Empty(await AnswersAsync(asset));
    }

    [Fact]
    public async Task A_technician_who_does_not_want_to_answer_is_not_signed_in()
    {
        await using var asset = await StartAsync(Round(Code));

        var failure = await Assert.ThrowsAsync<AssetFailureException>(() => OpenAsync(asset, new Technician { Refuses = true }));

        Assert.Equal(SessionEndReason.User, failure.Reason);
    }

    [Fact]
    public async Task What_was_asked_and_shown_is_in_the_recording_and_no_secret_is()
    {
        await using var asset = await StartAsync(Round(Hidden), Round(Shown, Code));
        IReadOnlyList<string> markers;
        await using (var terminal = await RunningTerminal.StartAsync(asset, new AssetCredential("root", Secret, null), new Technician("TK-17", "123456").AnswerAsync))
        {
            terminal.Session.End(SessionEndReason.User, "The test is over.");
            markers = await terminal.MarkersAsync();
        }

        Assert.Equal(["The asset asks at sign-in: “Ticket number:” “Verification code:”", "Answered: “TK-17” ••••"], markers.Take(2));
        Assert.DoesNotContain(markers, marker => marker.Contains(Secret, StringComparison.Ordinal));
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
        var other = new SshServer { KeyType = "rsa", Settings = settings };
        await other.InitializeAsync();
        try
        {
            var opening = SshShell.OpenAsync(new SshDestination("127.0.0.1", other.Port, other.HostKey), new AssetCredential("root", null, other.PrivateKey), 80, 24, null, CancellationToken.None);
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
            await other.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("ed25519", "RFC4716")]
    [InlineData("rsa", "PEM")]
    [InlineData("ecdsa", "PKCS8")]
    public async Task A_key_with_a_passphrase_signs_in_and_a_wrong_one_is_told(string type, string form)
    {
        var locked = new SshServer { KeyType = type, KeyForm = form, Passphrase = "open sesame 4711" };
        await locked.InitializeAsync();
        try
        {
            using (await OpenAsync("open sesame 4711"))
            {
            }

            var failure = await Assert.ThrowsAsync<AssetFailureException>(() => OpenAsync("wrong"));
            Assert.Equal(SessionEndReason.CredentialRefused, failure.Reason);
            Assert.Contains("with its passphrase", failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            await locked.DisposeAsync();
        }

        Task<SshShell> OpenAsync(string passphrase) =>
            SshShell.OpenAsync(new SshDestination("127.0.0.1", locked.Port, locked.HostKey), new AssetCredential("root", null, locked.PrivateKey, Passphrase: passphrase), 80, 24, null, CancellationToken.None);
    }

    [Fact]
    public async Task An_asset_that_hangs_up_on_a_wrong_password_refused_it()
    {
        var other = new SshServer { Settings = "MaxAuthTries 1" };
        await other.InitializeAsync();
        try
        {
            var failure = await Assert.ThrowsAsync<AssetFailureException>(() =>
                SshShell.OpenAsync(new SshDestination("127.0.0.1", other.Port, other.HostKey), new AssetCredential("root", Secret, null), 80, 24, null, CancellationToken.None));

            Assert.Equal(SessionEndReason.CredentialRefused, failure.Reason);
        }
        finally
        {
            await other.DisposeAsync();
        }
    }

    private static object Round(params object[] prompts) => new { prompts };

    private static Task<SshPeer> StartAsync(params object[] rounds) => SshPeer.StartAsync(new { methods = new[] { "keyboard-interactive" }, rounds });

    private static object Hide(string prompt) => new { prompt, echo = false };

    private static Task<SshShell> OpenAsync(SshPeer asset, Technician? technician = null, AssetCredential? credential = null) =>
        SshShell.OpenAsync(new SshDestination("127.0.0.1", asset.Port, asset.HostKey), credential ?? new AssetCredential("root", Secret, null), 80, 24, technician is null ? null : technician.AnswerAsync, CancellationToken.None);

    private static async Task<AssetFailureException> RefusedAsync(SshPeer asset, Technician? technician = null)
    {
        var failure = await Assert.ThrowsAsync<AssetFailureException>(() => OpenAsync(asset, technician));
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

    /// <summary>Always gives the same answers.</summary>
    private sealed class Technician(params string[] answers)
    {
        public List<AssetQuestion> Asked { get; } = [];

        public bool Refuses { get; init; }

        public Task<IReadOnlyList<string>> AnswerAsync(AssetQuestion question, CancellationToken cancellationToken)
        {
            Asked.Add(question);
            return Refuses ? throw new AssetFailureException(SessionEndReason.User, "Not answered.") : Task.FromResult<IReadOnlyList<string>>(answers);
        }
    }
}
