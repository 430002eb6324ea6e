using System.Text;
using Sallyport.Gateway.Terminal;
using Sallyport.Recording;

namespace Sallyport.Gateway.Tests.Terminal;

public sealed class InputMaskerTests
{
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(1);

    private readonly InputMasker _masker = new();
    private readonly List<string> _recorded = [];

    [Fact]
    public void Echoed_text_is_recorded_as_typed()
    {
        Typed("ls");
        Printed("ls");
        Typed("\r");

        Assert.Equal(["ls", "\r"], _recorded);
    }

    [Fact]
    public void Text_that_is_not_echoed_before_Enter_is_recorded_as_a_count()
    {
        Typed("hunter2");
        Typed("\r");
        Printed("\r\nhunter2 is what a program says");

        Assert.Equal(["masked 7", "\r"], _recorded);
    }

    [Fact]
    public void Other_output_does_not_reveal_what_was_typed()
    {
        Typed("s3cret");
        Printed("a log line with s3cret in it");
        Expire();

        Assert.Equal(["masked 6"], _recorded);
    }

    [Fact]
    public void Stars_that_a_program_prints_for_a_password_leave_it_masked()
    {
        Typed("abc");
        Printed("***");
        Typed("\r");
        Expire();

        Assert.Equal(["masked 3", "\r"], _recorded);
    }

    [Fact]
    public void An_echo_in_colours_is_an_echo()
    {
        Typed("ls");
        Printed("\u001b[32ml\u001b[0ms");

        Assert.Equal(["ls"], _recorded);
    }

    [Fact]
    public void Arrows_and_control_keys_are_recorded_at_once()
    {
        Typed("\u001b[A");
        Typed("\u0003");

        Assert.Equal(["\u001b[A", "\u0003"], _recorded);
    }

    [Fact]
    public void The_end_of_a_line_whose_echo_comes_after_Enter_is_readable()
    {
        Typed("echo watch");
        Printed("echo wat");
        Typed("\r");
        Printed("ch\r\nwatch\r\n$ ");

        Assert.Equal(["echo wat", "ch", "\r"], _recorded);
    }

    [Fact]
    public void A_paste_that_is_echoed_is_readable_line_by_line()
    {
        Typed("\u001b[200~echo one\recho two\u001b[201~");
        Printed("\u001b[7mecho one\r\n\u001b[7mecho two\u001b[27m");

        Assert.Equal(["\u001b[200~", "echo one", "\r", "echo two", "\u001b[201~"], _recorded);
    }

    [Fact]
    public void Of_a_secret_that_was_sent_no_letter_shows_because_the_answer_begins_with_it()
    {
        Typed("Lemon");
        Typed("\r");
        Printed("Last login: today");
        Expire();

        Assert.Equal(["masked 5", "\r"], _recorded);
    }

    [Fact]
    public void The_line_end_of_an_earlier_command_does_not_stand_for_that_of_a_secret()
    {
        Typed("su");
        Printed("su");
        Typed("\r");
        Printed("\r\nPassword: ");
        Typed("word");
        Typed("\r");
        Printed("\r\nword");

        Assert.Equal(["su", "\r", "masked 4", "\r"], _recorded);
    }

    [Fact]
    public void A_terminals_answer_that_ends_with_ST_takes_nothing_of_what_is_typed_after_it_along()
    {
        Typed("\u001b]10;rgb:e4e4/e8e8/ebeb\u001b\\secret");
        Expire();

        Assert.Equal(["\u001b]10;rgb:e4e4/e8e8/ebeb\u001b\\", "masked 6"], _recorded);
    }

    private void Typed(string text) => Record(_masker.Typed(Encoding.UTF8.GetBytes(text), TimeSpan.Zero));

    private void Printed(string text) => Record(_masker.Printed(Encoding.UTF8.GetBytes(text)));

    private void Expire() => Record(_masker.Expired(Later));

    private void Record(IEnumerable<(RecordingEventKind Kind, byte[] Payload)> entries) =>
        _recorded.AddRange(entries.Select(e => e.Kind == RecordingEventKind.MaskedInput ? $"masked {BitConverter.ToUInt32(e.Payload)}" : Encoding.UTF8.GetString(e.Payload)));
}
