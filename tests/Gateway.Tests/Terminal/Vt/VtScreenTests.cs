using System.Text;
using System.Text.RegularExpressions;
using Sallyport.Gateway.Terminal.Vt;

namespace Sallyport.Gateway.Tests.Terminal.Vt;

public sealed partial class VtScreenTests(XtermPeer peer) : IClassFixture<XtermPeer>
{
    public static TheoryData<string> Outputs { get; } =
    [
        "plain text\r\nand more",
        "a line that is longer than the screen is wide, so that it wraps once or twice before it ends",
        "exactly forty columns of text, no more!!", // the wrap is pending
        "exactly forty columns of text, no more!!x",
        "1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\r\n8\r\n9\r\n10\r\n11\r\n12 has scrolled",
        "\e[1;31mbold red\e[0m \e[38;5;208morange\e[48;2;1;2;3m on rgb\e[7minverse\e[27m\e[4;9munder, struck\e[m",
        "\e[3;5Hhere\e[2Athere\e[10Dback\e[B\e[Gstart\e[5dfifth\e[99;99Hcorner",
        "abcdef\e[3D\e[2@XY\e[1P\e[2X",
        "1\r\n2\r\n3\r\n4\r\n5\e[2;4r\e[2;1H\e[Mgone\e[4;1H\nscrolled in the region\e[r",
        "1\r\n2\r\n3\r\n4\r\n5\e[3;1H\e[2L new\e[1;1H\eM\eMabove",
        "\e[41mred\e[2J\e[K\e[3;3Hx\e[1J\e[0Ky\e[44m\e[2K",
        "main\e[?1049halternate\e[2;2Hscreen",
        "main\e[31m\e[?1049halternate\e[?1049l again",
        "\e[?47hold alternate\e[?47lmain",
        "\e(0lqqk\e(B text \e)0\x0ex\x0fx",
        "tab\tbed\e[3g\e[5;11H\eH\r\tstop\e[5;1H\e[2Iend\e[Zback",
        "\e[?6h\e[3;6rorigin\e[2;2Hinside\e[99;1Hlast",
        "\e7\e[5;5H\e[32mgreen\e8restored\e[s\e[1;1H\e[ureturned",
        "wide: 漢字かな emoji 😀 end",
        "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢x漢", // the wide one does not fit
        "漢字\e[2Gx\e[1Gy",
        "e\u0301 combining o\u0308\u0332 marks",
        "\e[4hinsert\e[1GXY\e[4l",
        "-\e[10b repeated",
        "\e[?7lno wrap at the end of the line, the last column is written over\e[?7h",
        "\e#8\e[2;2Hx",
        "\e]0;a title\a\e]7;file:///tmp\e\\link\eP+q544e\e\\after",
        "half a sequence \e[3",
        "broken \xc3\xff utf-8 \xe2\x82 here",
        "\e[5;1H\e[1mfifth\e[!p reset softly",
        "text\ecfresh",
        "\e[20h\nnew line mode\nhere\e[20l",
        "\e[;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;mtoo many",
        "\e[999999999999999999999Bfar down",
        "x\e[1;3;4m\e[22;23;24my\e[97;101mbright",
    ];

    [Theory]
    [MemberData(nameof(Outputs))]
    public Task Shows_what_the_browsers_terminal_shows(string output) => CompareAsync(40, 10, [new Part(Bytes(output))]);

    [Theory]
    [MemberData(nameof(Outputs))]
    public async Task A_snapshot_brings_a_fresh_terminal_to_the_same(string output)
    {
        var screen = new VtScreen(40, 10);
        screen.Feed(Bytes(output));

        // And what comes after it finds the same cursor, margins, charset and modes.
        foreach (var after in new[] { "", "more\r\nand\tmore\e8x\e[99;99Hy\n\n" })
        {
            var direct = await peer.ShowAsync(40, 10, [new Part(Bytes(output)), new Part(Bytes("\e\\" + after))]);
            var restored = await peer.ShowAsync(40, 10, [new Part(VtSnapshot.Of(screen)), new Part(Bytes("\e\\" + after))]);
            AssertSame(direct, restored, output);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Shows_the_same_after_any_mixture_of_sequences(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 60; round++)
        {
            await CompareAsync(24, 8, [new Part(Bytes(string.Concat(Enumerable.Range(0, random.Next(1, 60)).Select(_ => Piece(random)))))]);
        }
    }

    [Fact]
    public void Any_bytes_in_any_pieces_are_taken_without_a_fault()
    {
        var random = new Random(7);
        var bytes = new byte[4096];
        for (var round = 0; round < 300; round++)
        {
            random.NextBytes(bytes);
            for (var i = 0; i < bytes.Length; i += random.Next(3, 60))
            {
                bytes[i] = (byte)"\e[;?hlmHJKrLM@PXSTbdg0123456789"[random.Next(31)];
            }

            var (whole, pieces) = (new VtScreen(31, 9), new VtScreen(31, 9));
            whole.Feed(bytes);
            for (var at = 0; at < bytes.Length;)
            {
                var length = Math.Min(random.Next(1, 9), bytes.Length - at);
                pieces.Feed(bytes.AsSpan(at, length));
                at += length;
            }

            Assert.Equal(VtSnapshot.Of(whole), VtSnapshot.Of(pieces));
            whole.Resize(random.Next(1, 80), random.Next(1, 40));
            whole.Feed(bytes);
        }
    }

    private static string Piece(Random random) => random.Next(24) switch
    {
        0 => "\r\n",
        1 => $"\e[{random.Next(1, 9)};{random.Next(1, 25)}H",
        2 => $"\e[{random.Next(30, 50)}m",
        3 => $"\e[{random.Next(0, 10)}m",
        4 => $"\e[{random.Next(0, 3)}J",
        5 => $"\e[{random.Next(0, 3)}K",
        6 => $"\e[{random.Next(1, 5)}{"ABCDEFG"[random.Next(7)]}",
        7 => $"\e[{random.Next(1, 4)}{"LMPX@ST"[random.Next(7)]}",
        8 => $"\e[{random.Next(1, 5)};{random.Next(5, 9)}r",
        9 => "\t",
        10 => "\b",
        11 => "\eM",
        12 => "\n",
        13 => "漢字",
        14 => "\e7",
        15 => "\e8",
        16 => random.Next(4) == 0 ? "\e[?1049h" : "x",
        17 => random.Next(3) == 0 ? "\e[?1049l" : "y",
        18 => $"\e[{random.Next(1, 9)}d",
        19 => "\e[48;5;17m",
        _ => new string((char)random.Next('a', 'z'), random.Next(1, 30)),
    };

    // C# strings hold the bytes of broken UTF-8 as \x80–\xff; everything else is encoded.
    private static byte[] Bytes(string text) => BrokenUtf8().IsMatch(text) ? Encoding.Latin1.GetBytes(text) : Encoding.UTF8.GetBytes(text);

    private static Shown Show(VtScreen screen) => new(
        screen.Alternate is null ? "normal" : "alternate",
        screen.Row,
        screen.WrapPending ? screen.Columns : screen.Column,
        [.. Enumerable.Range(0, screen.Rows).Select(row => (IReadOnlyList<string>)[.. screen.Current.Grid.Row(row).Select(cell =>
            $"{(cell.Wide == 2 ? "" : cell.Rune == 0 ? " " : new Rune(cell.Rune) + screen.Marks(cell))}|{cell.Style.Foreground}|{cell.Style.Background}|{(int)cell.Style.Attributes}")])]);

    private static void AssertSame(Shown expected, Shown actual, string output)
    {
        for (var row = 0; row < expected.Screen.Count; row++)
        {
            Assert.True(
                expected.Screen[row].SequenceEqual(actual.Screen[row]),
                $"Row {row} of {Escaped(output)}\nexpected {string.Join(' ', expected.Screen[row])}\nshown    {string.Join(' ', actual.Screen[row])}");
        }

        Assert.True((expected.Type, expected.Row, expected.Column) == (actual.Type, actual.Row, actual.Column), $"Cursor of {Escaped(output)}: expected {expected.Type} {expected.Row},{expected.Column}, shown {actual.Type} {actual.Row},{actual.Column}");
    }

    private static string Escaped(string text) => text.Replace("\e", "\\e", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private async Task CompareAsync(int columns, int rows, IReadOnlyList<Part> parts)
    {
        var screen = new VtScreen(columns, rows);
        foreach (var part in parts)
        {
            screen.Feed(part.Bytes);
        }

        AssertSame(await peer.ShowAsync(columns, rows, parts), Show(screen), Encoding.UTF8.GetString(parts[0].Bytes!));
    }

    [GeneratedRegex("^[\\x00-\\xff]*[\\x80-\\xff][\\x00-\\xff]*$", RegexOptions.None, 1000)]
    private static partial Regex BrokenUtf8();
}
