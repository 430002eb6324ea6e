using Sallyport.Hub.Tests.Support;

namespace Sallyport.Hub.Tests.Enrollment;

/// <summary>A portal that was taken over can neither run a command at an edge nor open more of it than one plant's network.</summary>
[Collection(PlantsCollection.Name)]
public sealed class HostileAnswerTests(Plants plants) : IAsyncLifetime
{
    private readonly Plant _plant = new(4);
    private string _before = "";

    public async Task InitializeAsync()
    {
        await plants.ResetAsync();
        await plants.PlantAsync("up", _plant.Number);
        _before = await EdgeSnapshot.TakeAsync(_plant);
    }

    public Task DisposeAsync() => plants.EnrollAsync(_plant, "--remove");

    [Fact]
    public async Task An_answer_that_is_not_what_it_must_be_is_refused_before_anything_is_changed()
    {
        var marker = Path.Combine(plants.Folder, "owned");
        var right = plants.Configuration(_plant);
        string[] answers =
        [
            "",
            "\n\n\n",
            "200",
            right.Replace("address=100.127.0.5", "address=100.127.0.256", StringComparison.Ordinal),
            right.Replace("address=100.127.0.5", "address=100.127.0.05", StringComparison.Ordinal),
            right.Replace("address=100.127.0.5", "address=10.0.0.5", StringComparison.Ordinal),
            right.Replace("address=100.127.0.5", "address=100.127.0.1", StringComparison.Ordinal),
            right.Replace("address=100.127.0.5", $"address=100.127.0.5; touch {marker}", StringComparison.Ordinal),
            right.Replace("address=100.127.0.5", $"address=100.127.0.5\r", StringComparison.Ordinal),
            right.Replace("address=100.127.0.5", $"address=100.127.0.5\naddress=100.127.0.6", StringComparison.Ordinal),
            right.Replace("address=100.127.0.5", $"address=$(touch {marker})", StringComparison.Ordinal),
            right.Replace("hub_address=100.127.0.1", "hub_address=192.168.10.30", StringComparison.Ordinal),
            right.Replace("hub_address=100.127.0.1", "hub_address=100.127.999.1", StringComparison.Ordinal),
            right.Replace("hub_address=100.127.0.1", "hub_address=100.127.0.1/0", StringComparison.Ordinal),
            right.Replace($":{Plants.HubPort}", ":0", StringComparison.Ordinal),
            right.Replace($":{Plants.HubPort}", ":65536", StringComparison.Ordinal),
            right.Replace($"{Plants.Wan}.2:", "300.0.0.1:", StringComparison.Ordinal),
            right.Replace($"{Plants.Wan}.2:", "127.0.0.1:", StringComparison.Ordinal),
            right.Replace($"{Plants.Wan}.2:", "224.0.0.1:", StringComparison.Ordinal),
            right.Replace($"{Plants.Wan}.2:", "hub.example:", StringComparison.Ordinal),
            right.Replace("hub_key=", "hub_key=A", StringComparison.Ordinal),
            right.Replace("hub_key=", $"hub_key=' remove; touch {marker}; '", StringComparison.Ordinal),
            right.Replace("virtual=100.64.4.0/24", "virtual=0.0.0.0/0", StringComparison.Ordinal),
            right.Replace("virtual=100.64.4.0/24", "virtual=100.64.4.0/8", StringComparison.Ordinal),
            right.Replace("virtual=100.64.4.0/24", "virtual=100.64.4.7/24", StringComparison.Ordinal),
            right.Replace("virtual=100.64.4.0/24", "virtual=100.64.0.0/16", StringComparison.Ordinal),
            right.Replace("virtual=100.64.4.0/24", "virtual=100.96.4.0/24", StringComparison.Ordinal),
            right.Replace("virtual=100.64.4.0/24", "virtual=192.168.10.0/24", StringComparison.Ordinal),
            right.Replace("virtual=100.64.4.0/24", "virtual=100.64.4.0/24 : 0.0.0.0/0 } ; }", StringComparison.Ordinal),
            right.Replace("lan=192.168.10.0/24", "lan=0.0.0.0/0", StringComparison.Ordinal),
            right.Replace("lan=192.168.10.0/24", "lan=192.168.10.128/24", StringComparison.Ordinal),
            right.Replace("lan=192.168.10.0/24", "lan=192.168.300.0/24", StringComparison.Ordinal),
            right.Replace("lan=192.168.10.0/24", "lan=192.169.10.0/24", StringComparison.Ordinal),
            right.Replace("lan=192.168.10.0/24", "lan=172.32.10.0/24", StringComparison.Ordinal),
            right.Replace("lan=192.168.10.0/24", "lan=192.168.10.0/33", StringComparison.Ordinal),
            right.Replace("lan=192.168.10.0/24", $"lan=`touch {marker}`/24", StringComparison.Ordinal),
            right.Replace("mtu=1280", "mtu=9999", StringComparison.Ordinal),
            right.Replace("mtu=1280", $"mtu=1280;touch {marker}", StringComparison.Ordinal),
            right.Replace("plant=Plant 4", $"plant={new string('x', 300)}", StringComparison.Ordinal),
            .. right.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => right.Replace(line + "\n", "", StringComparison.Ordinal)),
            right + new string('x', 20_000),
            right + new string('x', 30_000_000),
        ];
        var wrong = new List<string>();
        foreach (var answer in answers)
        {
            Assert.NotEqual(right, answer);
            plants.Portal.OnEnroll = (_, _) => Task.FromResult((200, answer));

            var (code, output) = await plants.EnrollAsync(_plant);

            if (code == 0 || !output.Contains("Nothing was changed.", StringComparison.Ordinal))
            {
                wrong.Add($"{(answer.Length > 400 ? answer.Length : answer)} → {output}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.False(File.Exists(marker));
        Assert.Equal(_before, await EdgeSnapshot.TakeAsync(_plant));
        Assert.Equal("private.key", Path.GetFileName(Assert.Single(Directory.GetFiles(plants.Edge(_plant)))));
    }

    [Fact]
    public async Task A_plants_name_full_of_shell_does_nothing()
    {
        var marker = Path.Combine(plants.Folder, "named");
        plants.Portal.OnEnroll = async (_, publicKey) =>
        {
            var (status, body) = await plants.AcceptAsync(_plant, publicKey);
            return (status, body.Replace("plant=Plant 4", $"plant=$(touch {marker})`touch {marker}`'; touch {marker}; \"%s%n\u001b[31m", StringComparison.Ordinal));
        };

        var (code, output) = await plants.EnrollAsync(_plant);

        Assert.True(code == 0, output);
        Assert.False(File.Exists(marker));
        Assert.DoesNotContain("\u001b", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'$(touch /tmp/x)'")]
    [InlineData("'a b'")]
    [InlineData("\"$(head -c 200 /dev/zero | tr '\\0' a)\"")]
    public async Task What_cannot_be_a_code_is_sent_to_nobody(string code)
    {
        plants.Portal.FromEdges.Clear();

        var (exit, output) = await plants.EnrollAsync(_plant, plants.Arguments(_plant), code: code);

        Assert.NotEqual(0, exit);
        Assert.Contains("This is not a code", output, StringComparison.Ordinal);
        Assert.Empty(plants.Portal.FromEdges);
    }
}
