using Sallyport.Gateway.Screen.Rfb;

namespace Sallyport.Gateway.Tests.Screen;

public sealed class HeldInputTests
{
    private const uint Shift = 0xFFE1;
    private const uint A = 0x61;

    private readonly HeldInput _held = new();

    [Fact]
    public void What_is_pressed_is_released_newest_first_and_buttons_where_the_pointer_is()
    {
        _held.Note(ScreenInput.Key(Shift, down: true));
        _held.Note(ScreenInput.Key(A, down: true));
        _held.Note(ScreenInput.PointerAt(10, 20, 1));
        _held.Note(ScreenInput.PointerAt(30, 40, 5));

        Assert.Equal([ScreenInput.Key(A, down: false), ScreenInput.Key(Shift, down: false), ScreenInput.PointerAt(30, 40, 0)], _held.ReleaseAll());
        Assert.True(_held.IsEmpty);
        Assert.Empty(_held.ReleaseAll());
    }

    [Fact]
    public void What_was_let_go_is_not_released_again()
    {
        _held.Note(ScreenInput.Key(A, down: true));
        _held.Note(ScreenInput.Key(A, down: true));
        _held.Note(ScreenInput.Key(A, down: false));
        _held.Note(ScreenInput.PointerAt(1, 1, 1));
        _held.Note(ScreenInput.PointerAt(2, 2, 0));

        Assert.True(_held.IsEmpty);
    }

    [Fact]
    public void Letting_go_of_a_key_that_is_not_held_is_not_forwarded()
    {
        Assert.Null(_held.Note(ScreenInput.Key(A, down: false)));
    }

    [Fact]
    public void No_more_keys_are_held_than_can_be_noted()
    {
        Assert.All(Enumerable.Range(0, HeldInput.MaxKeys), i => Assert.NotNull(_held.Note(ScreenInput.Key((uint)i, down: true))));

        Assert.Null(_held.Note(ScreenInput.Key(A, down: true)));
        Assert.NotNull(_held.Note(ScreenInput.Key(0, down: true)));
        Assert.Equal(HeldInput.MaxKeys, _held.ReleaseAll().Count);
    }

    [Fact]
    public void What_was_let_go_of_counts_again_only_when_it_is_pressed_anew()
    {
        _held.Note(ScreenInput.Key(A, down: true));
        _held.Note(ScreenInput.PointerAt(1, 1, 1));
        _held.ReleaseAll();

        // The finger is still down: it moves, and its key repeats.
        Assert.Equal(ScreenInput.PointerAt(2, 2, 0), _held.Note(ScreenInput.PointerAt(2, 2, 1)));
        Assert.Null(_held.Note(ScreenInput.Key(A, down: true)));
        Assert.Equal(ScreenInput.PointerAt(2, 2, 4), _held.Note(ScreenInput.PointerAt(2, 2, 5)));
        Assert.Null(_held.Note(ScreenInput.Key(A, down: false)));
        Assert.Equal(ScreenInput.PointerAt(2, 2, 4), _held.Note(ScreenInput.PointerAt(2, 2, 4)));

        Assert.Equal(ScreenInput.PointerAt(3, 3, 5), _held.Note(ScreenInput.PointerAt(3, 3, 5)));
        Assert.Equal(ScreenInput.Key(A, down: true), _held.Note(ScreenInput.Key(A, down: true)));
    }

    [Fact]
    public void What_was_pressed_while_nothing_was_forwarded_does_not_count_later()
    {
        _held.Ignore(ScreenInput.PointerAt(1, 1, 1));
        _held.Ignore(ScreenInput.Key(A, down: true));

        Assert.Equal(ScreenInput.PointerAt(2, 2, 0), _held.Note(ScreenInput.PointerAt(2, 2, 1)));
        Assert.Null(_held.Note(ScreenInput.Key(A, down: true)));
        _held.Ignore(ScreenInput.PointerAt(2, 2, 0));
        _held.Ignore(ScreenInput.Key(A, down: false));

        Assert.Equal(ScreenInput.PointerAt(2, 2, 1), _held.Note(ScreenInput.PointerAt(2, 2, 1)));
        Assert.Equal(ScreenInput.Key(A, down: true), _held.Note(ScreenInput.Key(A, down: true)));
    }

    [Fact]
    public void Another_window_begins_with_nothing_pressed()
    {
        _held.Note(ScreenInput.PointerAt(1, 1, 1));
        _held.ReleaseAll();
        _held.Begin();

        Assert.Equal(ScreenInput.PointerAt(1, 1, 1), _held.Note(ScreenInput.PointerAt(1, 1, 1)));
    }
}
