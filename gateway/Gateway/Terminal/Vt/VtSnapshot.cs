using System.Text;

namespace Sallyport.Gateway.Terminal.Vt;

/// <summary>
/// Writes what a terminal shows as escape sequences that bring a fresh terminal to the same: begins with its size
/// (<c>CSI 8 ; rows ; columns t</c>) and a reset.
/// </summary>
internal static class VtSnapshot
{
    public static byte[] Of(VtScreen screen)
    {
        var text = new StringBuilder();
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\e[8;{screen.Rows};{screen.Columns}t\ec");
        Draw(text, screen, screen.Main);
        if (screen.Alternate is { } alternate)
        {
            // 1049 saves the cursor where the main screen's was saved.
            Restore(text, screen.Main.Saved);
            text.Append("\e[?1049h\e[0m\e(B\e[2J");
            Draw(text, screen, alternate);
        }

        SaveCursor(text, screen.Current.Saved);
        text.Append(screen.Modes.Sequence());
        Place(text, screen);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Draw(StringBuilder text, VtScreen screen, VtBuffer buffer)
    {
        var style = Style.Default;
        for (var row = 0; row < buffer.Grid.Rows; row++)
        {
            var cells = buffer.Grid.Row(row);
            var end = cells.Length;
            while (end > 0 && cells[end - 1] is { Rune: 0, Wide: 0 } blank && blank.Style == Style.Default)
            {
                end--;
            }

            if (end > 0)
            {
                text.Append("\e[").Append(row + 1).Append(";1H");
                style = DrawRow(text, screen, cells.AsSpan(0, end), style);
            }
        }

        if (style != Style.Default)
        {
            text.Append("\e[0m");
        }

        if (!buffer.HasDefaultTabs)
        {
            text.Append("\e[3g");
            for (var column = 0; column < buffer.Tabs.Length; column++)
            {
                text.Append(buffer.Tabs[column] ? $"\e[1;{column + 1}H\eH" : "");
            }
        }

        if (buffer.Top > 0 || buffer.Bottom < buffer.Grid.Rows - 1)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\e[{buffer.Top + 1};{buffer.Bottom + 1}r");
        }
    }

    private static Style DrawRow(StringBuilder text, VtScreen screen, ReadOnlySpan<Cell> cells, Style style)
    {
        var blanks = 0;
        for (var column = 0; column < cells.Length; column++)
        {
            var cell = cells[column];
            if (cell.Wide == 2 && column > 0 && cells[column - 1].Wide == 1)
            {
                continue;
            }

            // A blank that was never written stays one: a fresh screen has it already, or it is erased in its colour.
            if (cell.Rune == 0)
            {
                if (cell.Style != Style.Default)
                {
                    text.Append(Step(ref blanks)).Append(cell.Style == style ? "" : $"\e[{Rendition.Sequence(cell.Style)}m").Append("\e[X");
                    style = cell.Style;
                }

                blanks++;
                continue;
            }

            text.Append(Step(ref blanks));
            if (cell.Style != style)
            {
                text.Append("\e[").Append(Rendition.Sequence(cell.Style)).Append('m');
                style = cell.Style;
            }

            text.Append(new Rune(cell.Rune)).Append(screen.Marks(cell));
        }

        return style;

        static string Step(ref int blanks)
        {
            var step = blanks > 0 ? $"\e[{blanks}C" : "";
            blanks = 0;
            return step;
        }
    }

    private static void SaveCursor(StringBuilder text, SavedCursor saved)
    {
        if (saved != SavedCursor.Home)
        {
            Restore(text, saved);
            text.Append("\e7\e[?6l\e(B\e[0m");
        }
    }

    private static void Restore(StringBuilder text, SavedCursor saved) =>
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\e[{saved.Row + 1};{saved.Column + 1}H\e[{Rendition.Sequence(saved.Style)}m{(saved.Graphics ? "\e(0" : "\e(B")}");

    private static void Place(StringBuilder text, VtScreen screen)
    {
        var top = screen.Modes.Origin ? screen.Current.Top : 0;
        text.Append(screen.Modes.Origin ? "\e[?6h" : "");
        var column = screen.Column;
        var cell = screen.Current.Grid.Row(screen.Row)[column];
        if (screen.WrapPending)
        {
            // Only printing it again brings the terminal to where the next character wraps.
            column -= cell.Wide == 2 ? 1 : 0;
            cell = screen.Current.Grid.Row(screen.Row)[column];
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\e[{screen.Row - top + 1};{column + 1}H\e[{Rendition.Sequence(cell.Style)}m");
            text.Append(cell.Rune == 0 ? " " : new Rune(cell.Rune).ToString()).Append(screen.Marks(cell));
        }
        else
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\e[{screen.Row - top + 1};{column + 1}H");
        }

        text.Append("\e[").Append(Rendition.Sequence(screen.Style)).Append('m').Append(screen.Graphics ? "\e(0" : "\e(B").Append(screen.Modes.Insert ? "\e[4h" : "");
    }
}
