using Sallyport.Gateway.Screen;

namespace Sallyport.Gateway.Tests.Screen;

/// <summary>Answers that overtake one another: the newest holds, and the asset is told the same.</summary>
public sealed class ControlTurnTests
{
    private readonly List<(bool Control, TaskCompletionSource<string?> Done)> _used = [];

    [Fact]
    public async Task Control_that_is_taken_while_the_asset_agrees_is_not_held()
    {
        var turn = Turn(held: false);
        var given = turn.GiveAsync();
        await turn.TakeAsync(() => Task.CompletedTask);
        _used[0].Done.SetResult(null);

        Assert.Equal((false, null), await given);
        Assert.False(turn.Held);
        Assert.Equal([true, false], _used.Select(u => u.Control));
    }

    [Fact]
    public async Task Control_that_is_given_anew_while_keys_are_let_go_stays()
    {
        var turn = Turn(held: true);
        var released = new TaskCompletionSource();
        var taken = turn.TakeAsync(() => released.Task);
        Assert.False(turn.Held);
        var given = turn.GiveAsync();
        _used[0].Done.SetResult(null);
        Assert.Equal((true, null), await given);
        released.SetResult();
        await taken;

        Assert.True(turn.Held);
        Assert.Equal([true], _used.Select(u => u.Control));
    }

    [Fact]
    public async Task Of_two_that_give_it_the_newer_says_how_it_ended()
    {
        var turn = Turn(held: false);
        var (first, second) = (turn.GiveAsync(), turn.GiveAsync());
        _used[1].Done.SetResult("no");
        _used[0].Done.SetResult(null);

        Assert.Equal((true, "no"), await second);
        Assert.Equal((false, null), await first);
        Assert.False(turn.Held);
    }

    private ControlTurn Turn(bool held) => new(held, control =>
    {
        _used.Add((control, new TaskCompletionSource<string?>()));
        return _used[^1].Done.Task;
    });
}
