using System.Text;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Terminal.Ssh;

namespace Sallyport.Gateway.Tests.Terminal;

/// <summary>The SSH server that small devices have.</summary>
public sealed class DropbearTests(DropbearServer server) : IClassFixture<DropbearServer>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_shell_opens_by_key_or_password_takes_input_and_sizes_and_ends(bool key)
    {
        using var shell = await OpenAsync(key ? new AssetCredential(server.User, null, server.PrivateKey) : new AssetCredential(server.User, server.Password, null));
        await shell.WriteAsync("stty -echo; PS1=; echo ready-$((1+1))\n"u8.ToArray(), CancellationToken.None);
        await ReadAsync(shell, "ready-2");
        shell.Resize(123, 45);
        await shell.WriteAsync("sleep 0.2; stty size; exit\n"u8.ToArray(), CancellationToken.None);

        var rest = await ReadAsync(shell, null);

        Assert.Contains("45 123", rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Much_output_comes_whole()
    {
        using var shell = await OpenAsync(new AssetCredential(server.User, server.Password, null));
        await shell.WriteAsync("exec sh -c 'stty -echo; printf ready-%s 2; read go; seq 1 200000'\n"u8.ToArray(), CancellationToken.None);
        await ReadAsync(shell, "ready-2");
        await shell.WriteAsync("go\n"u8.ToArray(), CancellationToken.None);

        var lines = (await ReadAsync(shell, null)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(Enumerable.Range(1, 200000).Select(n => n.ToString()), lines);
    }

    [Fact]
    public async Task A_wrong_password_is_refused_in_a_sentence()
    {
        var failure = await Assert.ThrowsAsync<AssetFailureException>(() => OpenAsync(new AssetCredential(server.User, "wrong-password-1", null)));

        Assert.Equal(SessionEndReason.CredentialRefused, failure.Reason);
    }

    [Fact]
    public async Task Another_host_key_than_the_pinned_one_is_not_signed_in_to()
    {
        var failure = await Assert.ThrowsAsync<AssetFailureException>(() =>
            SshShell.OpenAsync(new SshDestination("127.0.0.1", server.Port, SshServer.OtherHostKey()), new AssetCredential(server.User, server.Password, null), 80, 24, null, CancellationToken.None));

        Assert.Equal(SessionEndReason.HostKeyChanged, failure.Reason);
    }

    private Task<SshShell> OpenAsync(AssetCredential credential) => SshShell.OpenAsync(new SshDestination("127.0.0.1", server.Port, server.HostKey), credential, 80, 24, null, CancellationToken.None);

    /// <summary>Everything until that text; null: until the shell's end.</summary>
    private static async Task<string> ReadAsync(SshShell shell, string? text)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var all = new StringBuilder();
        while (true)
        {
            var read = await shell.Output.ReadAsync(timeout.Token);
            foreach (var part in read.Buffer)
            {
                all.Append(Encoding.UTF8.GetString(part.Span));
            }

            shell.Output.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || (text is not null && all.ToString().Contains(text, StringComparison.Ordinal)))
            {
                return all.ToString();
            }
        }
    }
}
