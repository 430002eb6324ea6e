using System.Text;

namespace Sallyport.Gateway.Terminal.Vt;

/// <summary>
/// What a terminal shows, kept beside the recording so that a replay, or somebody who comes to watch, can begin at once.
/// Follows the browser's terminal (xterm) where the standards leave a choice. Without scrollback. Not thread-safe.
/// </summary>
internal sealed class VtScreen : IVtActions
{
    // Line-drawing characters of DEC's special graphics set, from 0x60 on.
    private const string LineDrawing = "◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·";
    private const int MaxMarks = ushort.MaxValue;

    private readonly VtParser _parser;
    private readonly List<string> _marks = [""];
    private readonly bool[] _graphics = new bool[2];
    private VtBuffer _main;
    private VtBuffer? _alternate;
    private Style _style = Style.Default;
    private int _charset;
    private int _lastPrinted;

    public VtScreen(int columns, int rows)
    {
        _parser = new VtParser(this);
        _main = new VtBuffer(columns, rows);
    }

    public VtModes Modes { get; private set; } = new();

    public VtBuffer Main => _main;

    /// <summary>The screen of full-screen programs, while one has it.</summary>
    public VtBuffer? Alternate => _alternate;

    public VtBuffer Current => _alternate ?? _main;

    public int Columns => Current.Grid.Columns;

    public int Rows => Current.Grid.Rows;

    public int Row { get; private set; }

    public int Column { get; private set; }

    /// <summary>The last column was just printed: the next character goes to the next row.</summary>
    public bool WrapPending { get; private set; }

    public Style Style => _style;

    public bool Graphics => _graphics[_charset];

    private Style Erased => _style.Erased;

    public void Feed(ReadOnlySpan<byte> output) => _parser.Feed(output);

    public void Resize(int columns, int rows)
    {
        if (columns == Columns && rows == Rows)
        {
            return;
        }

        var lost = Math.Max(0, Row - rows + 1);
        _main.Resize(columns, rows, _alternate is null ? lost : Math.Max(0, _main.Saved.Row - rows + 1));
        _alternate?.Resize(columns, rows, lost);
        MoveTo(Row - lost, Column);
    }

    public string Marks(Cell cell) => _marks[cell.Marks];

    public void Print(ReadOnlySpan<byte> ascii)
    {
        if (Graphics || Modes.Insert)
        {
            foreach (var b in ascii)
            {
                Print(new Rune(Graphics && b >= 0x60 ? LineDrawing[b - 0x60] : (char)b));
            }

            return;
        }

        while (!ascii.IsEmpty)
        {
            WrapIfPending();
            var count = Math.Min(ascii.Length, Columns - Column);
            var style = _style;
            var cells = Current.Grid.Overwrite(Row, Column, Column + count, style);
            for (var i = 0; i < cells.Length; i++)
            {
                cells[i] = new Cell(ascii[i], style);
            }

            _lastPrinted = ascii[count - 1];
            Advance(count);
            ascii = ascii[count..];
        }
    }

    public void Print(Rune rune)
    {
        var width = RuneWidth.Of(rune);
        if (width == 0)
        {
            Join(rune);
            return;
        }

        WrapIfPending();
        if (width == 2 && Column == Columns - 1)
        {
            if (!Modes.Wrap || Columns == 1)
            {
                return;
            }

            Current.Grid.Clear(Row, Column, Columns, _style);
            WrapPending = true;
            WrapIfPending();
        }

        var grid = Current.Grid;
        if (Modes.Insert)
        {
            grid.Insert(Row, Column, width, Erased);
        }

        grid.Clear(Row, Column, Column + width, _style);
        grid.Row(Row)[Column] = new Cell(rune.Value, _style, 0, (byte)(width - 1));
        if (width == 2)
        {
            grid.Row(Row)[Column + 1] = new Cell(0, _style, 0, 2);
        }

        _lastPrinted = rune.Value;
        Advance(width);
    }

    public void Execute(byte control)
    {
        switch (control)
        {
            case 0x08:
                MoveTo(Row, Column - 1);
                break;
            case 0x09:
                Tab(1);
                break;
            case 0x0A or 0x0B or 0x0C:
                LineFeed();
                if (Modes.NewLine)
                {
                    MoveTo(Row, 0);
                }

                break;
            case 0x0D:
                MoveTo(Row, 0);
                break;
            case 0x0E or 0x0F:
                _charset = control == 0x0E ? 1 : 0;
                break;
        }
    }

    public void Escape(byte intermediate, byte final)
    {
        switch (((char)intermediate, (char)final))
        {
            case ('\0', '7'):
                Save();
                break;
            case ('\0', '8'):
                Restore();
                break;
            case ('\0', 'D'):
                LineFeed();
                break;
            case ('\0', 'E'):
                MoveTo(Row, 0);
                LineFeed();
                break;
            case ('\0', 'M'):
                ReverseIndex();
                break;
            case ('\0', 'H'):
                Current.Tabs[Column] = true;
                break;
            case ('\0', 'c'):
                Reset();
                break;
            case ('\0', '=' or '>'):
                Modes.ApplicationKeypad = final == '=';
                break;
            case ('(' or ')', _):
                _graphics[intermediate == '(' ? 0 : 1] = final == '0';
                break;
            case ('#', '8'):
                Align();
                break;
        }
    }

    public void Control(byte prefix, byte intermediate, byte final, ReadOnlySpan<int> parameters)
    {
        var n = Math.Max(parameters[0], 1);
        var buffer = Current;
        switch (((char)prefix, (char)intermediate, (char)final))
        {
            case ('\0', '\0', '@'):
                buffer.Grid.Insert(Row, Column, n, Erased);
                break;
            case ('\0', '\0', 'A'):
                MoveTo(Math.Max(Row - n, Row >= buffer.Top ? buffer.Top : 0), Column);
                break;
            case ('\0', '\0', 'B' or 'e'):
                MoveTo(Math.Min(Row + n, Row <= buffer.Bottom ? buffer.Bottom : Rows - 1), Column);
                break;
            case ('\0', '\0', 'C' or 'a'):
                MoveTo(Row, Column + n);
                break;
            case ('\0', '\0', 'D'):
                MoveTo(Row, Column - n);
                break;
            case ('\0', '\0', 'E'):
                MoveTo(Math.Min(Row + n, Row <= buffer.Bottom ? buffer.Bottom : Rows - 1), 0);
                break;
            case ('\0', '\0', 'F'):
                MoveTo(Math.Max(Row - n, Row >= buffer.Top ? buffer.Top : 0), 0);
                break;
            case ('\0', '\0', 'G' or '`'):
                MoveTo(Row, n - 1);
                break;
            case ('\0', '\0', 'H' or 'f'):
                Place(n - 1, parameters.Length > 1 ? Math.Max(parameters[1], 1) - 1 : 0);
                break;
            case ('\0', '\0', 'I'):
                Tab(n);
                break;
            case ('\0', '\0', 'Z'):
                Tab(-n);
                break;
            case ('\0' or '?', '\0', 'J'):
                EraseInDisplay(parameters[0]);
                break;
            case ('\0' or '?', '\0', 'K'):
                EraseInLine(parameters[0]);
                break;
            case ('\0', '\0', 'L') when Row >= buffer.Top && Row <= buffer.Bottom:
                buffer.Grid.ScrollDown(Row, buffer.Bottom, n, Erased);
                MoveTo(Row, 0);
                break;
            case ('\0', '\0', 'M') when Row >= buffer.Top && Row <= buffer.Bottom:
                buffer.Grid.ScrollUp(Row, buffer.Bottom, n, Erased);
                MoveTo(Row, 0);
                break;
            case ('\0', '\0', 'P'):
                buffer.Grid.Delete(Row, Column, n, Erased);
                break;
            case ('\0', '\0', 'S'):
                buffer.Grid.ScrollUp(buffer.Top, buffer.Bottom, n, Erased);
                break;
            case ('\0', '\0', 'T') when parameters.Length == 1:
                buffer.Grid.ScrollDown(buffer.Top, buffer.Bottom, n, Style.Default);
                break;
            case ('\0', '\0', 'X'):
                buffer.Grid.Clear(Row, Column, Column + n, Erased);
                break;
            case ('\0', '\0', 'b') when _lastPrinted > 0:
                for (var i = Math.Min(n, Columns * Rows); i > 0; i--)
                {
                    Print(new Rune(_lastPrinted));
                }

                break;
            case ('\0', '\0', 'd'):
                Place(n - 1, Column);
                break;
            case ('\0', '\0', 'g') when parameters[0] == 3:
                buffer.ClearTabs();
                break;
            case ('\0', '\0', 'g') when parameters[0] <= 0:
                buffer.Tabs[Column] = false;
                break;
            case ('\0', '\0', 'h' or 'l'):
                foreach (var mode in parameters)
                {
                    (Modes.Insert, Modes.NewLine) = (mode == 4 ? final == 'h' : Modes.Insert, mode == 20 ? final == 'h' : Modes.NewLine);
                }

                break;
            case ('?', '\0', 'h' or 'l'):
                foreach (var mode in parameters)
                {
                    SetPrivate(mode, final == 'h');
                }

                break;
            case ('\0', '\0', 'm'):
                _style = Rendition.Apply(_style, parameters);
                break;
            case ('\0', '\0', 'r'):
                SetMargins(n, parameters.Length > 1 && parameters[1] > 0 ? parameters[1] : Rows);
                break;
            case ('\0', '\0', 's'):
                Save();
                break;
            case ('\0', '\0', 'u'):
                Restore();
                break;
            case ('\0', '!', 'p'):
                SoftReset();
                break;
            case ('\0', ' ', 'q'):
                Modes.CursorShape = Math.Clamp(parameters[0], 0, 6);
                break;
        }
    }

    private void SetPrivate(int mode, bool on)
    {
        switch (mode)
        {
            case 6:
                Modes.Origin = on;
                Place(0, 0);
                break;
            case 7:
                Modes.Wrap = on;
                break;
            case 25:
                Modes.CursorShown = on;
                break;
            case 1048:
                if (on)
                {
                    Save();
                }
                else
                {
                    Restore();
                }

                break;
            case 47 or 1047 or 1049:
                SwitchScreen(on, mode == 1049);
                break;
            default:
                Modes.Set(mode, on);
                break;
        }
    }

    private void SwitchScreen(bool toAlternate, bool withCursor)
    {
        if (toAlternate && withCursor)
        {
            Save();
        }

        if (toAlternate && _alternate is null)
        {
            _alternate = new VtBuffer(Columns, Rows);
            _alternate.Grid.ScrollUp(0, Rows - 1, Rows, Erased);
        }
        else if (!toAlternate)
        {
            _alternate = null;
        }

        if (!toAlternate && withCursor)
        {
            Restore();
        }
    }

    private void SetMargins(int top, int bottom)
    {
        bottom = Math.Min(bottom, Rows);
        if (top < bottom)
        {
            (Current.Top, Current.Bottom) = (top - 1, bottom - 1);
            Place(0, 0);
        }
    }

    private void EraseInDisplay(int what)
    {
        var grid = Current.Grid;
        var (from, to) = what switch
        {
            <= 0 => (Row + 1, Rows),
            1 => (0, Row),
            2 => (0, Rows),
            _ => (0, 0),
        };
        for (var row = from; row < to; row++)
        {
            grid.Clear(row, 0, Columns, Erased);
        }

        if (what <= 1)
        {
            EraseInLine(what);
        }
    }

    private void EraseInLine(int what)
    {
        var (from, to) = what switch
        {
            <= 0 => (Column, Columns),
            1 => (0, Column + 1),
            2 => (0, Columns),
            _ => (0, 0),
        };
        Current.Grid.Clear(Row, from, to, Erased);
    }

    // Row and column from the user's view: from the region's top while origin mode is on.
    private void Place(int row, int column) =>
        MoveTo(Modes.Origin ? Math.Min(Current.Top + row, Current.Bottom) : row, column);

    private void MoveTo(int row, int column) =>
        (Row, Column, WrapPending) = (Math.Clamp(row, 0, Rows - 1), Math.Clamp(column, 0, Columns - 1), false);

    private void Advance(int width)
    {
        var next = Column + width;
        WrapPending = next >= Columns;
        Column = Math.Min(next, Columns - 1);
    }

    private void WrapIfPending()
    {
        if (WrapPending && Modes.Wrap)
        {
            MoveTo(Row, 0);
            LineFeed();
        }

        WrapPending = false;
    }

    private void LineFeed()
    {
        if (Row == Current.Bottom)
        {
            Current.Grid.ScrollUp(Current.Top, Current.Bottom, 1, Erased);
            WrapPending = false;
        }
        else
        {
            MoveTo(Row + 1, Column);
        }
    }

    private void ReverseIndex()
    {
        if (Row == Current.Top)
        {
            Current.Grid.ScrollDown(Current.Top, Current.Bottom, 1, Erased);
        }
        else
        {
            MoveTo(Row - 1, Column);
        }
    }

    private void Tab(int count)
    {
        if (WrapPending)
        {
            return;
        }

        var column = Column;
        for (var left = Math.Min(Math.Abs(count), Columns); left > 0; left--)
        {
            do
            {
                column += Math.Sign(count);
            }
            while (column > 0 && column < Columns - 1 && !Current.Tabs[column]);
        }

        MoveTo(Row, column);
    }

    private void Join(Rune mark)
    {
        var column = WrapPending ? Column : Column - 1;
        if (column >= 0 && Current.Grid.Row(Row)[column].Wide == 2)
        {
            column--;
        }

        if (column < 0 || _marks.Count >= MaxMarks)
        {
            return;
        }

        var cells = Current.Grid.Row(Row);
        var text = _marks[cells[column].Marks] + mark;
        if (cells[column].Rune != 0 && text.Length <= 8)
        {
            _marks.Add(text);
            cells[column] = cells[column] with { Marks = (ushort)(_marks.Count - 1) };
        }
    }

    private void Align()
    {
        (Current.Top, Current.Bottom) = (0, Rows - 1);
        for (var row = 0; row < Rows; row++)
        {
            Current.Grid.Row(row).AsSpan().Fill(new Cell('E', Style.Default));
        }

        MoveTo(0, 0);
    }

    private void Save() => Current.Saved = new SavedCursor(Row, Column, _style, Graphics, Modes.Origin);

    private void Restore()
    {
        var saved = Current.Saved;
        (_style, _graphics[_charset], Modes.Origin) = (saved.Style, saved.Graphics, saved.Origin);
        MoveTo(saved.Row, saved.Column);
    }

    private void SoftReset()
    {
        (Modes.Insert, Modes.Origin, Modes.Wrap, Modes.CursorShown, Modes.ApplicationKeypad) = (false, false, true, true, false);
        Modes.Set(1, false);
        (Current.Top, Current.Bottom, Current.Saved) = (0, Rows - 1, SavedCursor.Home);
        _style = Style.Default;
        (_charset, _graphics[0], _graphics[1]) = (0, false, false);
    }

    private void Reset()
    {
        _main = new VtBuffer(Columns, Rows);
        _alternate = null;
        Modes = new VtModes();
        _style = Style.Default;
        (_charset, _graphics[0], _graphics[1], _lastPrinted) = (0, false, false, 0);
        _marks.RemoveRange(1, _marks.Count - 1);
        MoveTo(0, 0);
    }
}
