namespace Sallyport.Gateway.Terminal.Vt;

/// <summary>Rows of cells, with what moves and clears them. Rows are turned round, not copied, when the screen scrolls.</summary>
internal sealed class VtGrid
{
    private Cell[][] _rows;

    // A row that was never written: copying it is many times as fast as filling cell by cell, and every line feed needs one.
    private Cell[] _blank;

    public VtGrid(int columns, int rows)
    {
        Columns = columns;
        _blank = Blank(columns, Style.Default);
        _rows = [.. Enumerable.Range(0, rows).Select(_ => Blank(columns, Style.Default))];
    }

    public int Columns { get; private set; }

    public int Rows => _rows.Length;

    public Cell[] Row(int row) => _rows[row];

    public void Clear(int row, int from, int to, Style style)
    {
        from = Math.Clamp(from, 0, Columns);
        to = Math.Clamp(to, from, Columns);
        Erase(Overwrite(row, from, to, style), style);
    }

    /// <summary>These cells, to be written over: what they were the half of is cleared.</summary>
    public Span<Cell> Overwrite(int row, int from, int to, Style style)
    {
        var cells = _rows[row];
        if (from > 0 && from < Columns && cells[from].Wide == 2)
        {
            cells[from - 1] = new Cell(0, style);
        }

        if (to < Columns && cells[to].Wide == 2)
        {
            cells[to] = new Cell(0, style);
        }

        return cells.AsSpan(from, to - from);
    }

    public void ScrollUp(int top, int bottom, int count, Style style)
    {
        for (count = Math.Min(count, bottom - top + 1); count > 0; count--)
        {
            var first = _rows[top];
            Array.Copy(_rows, top + 1, _rows, top, bottom - top);
            Erase(first, style);
            _rows[bottom] = first;
        }
    }

    public void ScrollDown(int top, int bottom, int count, Style style)
    {
        for (count = Math.Min(count, bottom - top + 1); count > 0; count--)
        {
            var last = _rows[bottom];
            Array.Copy(_rows, top, _rows, top + 1, bottom - top);
            Erase(last, style);
            _rows[top] = last;
        }
    }

    public void Insert(int row, int column, int count, Style style)
    {
        var cells = _rows[row];
        count = Math.Min(count, Columns - column);
        Part(cells, column, style);
        Array.Copy(cells, column, cells, column + count, Columns - column - count);
        cells.AsSpan(column, count).Fill(new Cell(0, style));
        if (cells[^1].Wide == 1)
        {
            cells[^1] = new Cell(0, style);
        }
    }

    public void Delete(int row, int column, int count, Style style)
    {
        var cells = _rows[row];
        count = Math.Min(count, Columns - column);
        Array.Copy(cells, column + count, cells, column, Columns - column - count);
        cells.AsSpan(Columns - count, count).Fill(new Cell(0, style));
        Part(cells, column, style);
        if (cells[column].Wide == 2)
        {
            cells[column] = new Cell(0, style);
        }
    }

    /// <summary>Keeps what fits from the given row on; text is not wrapped anew.</summary>
    public void Resize(int columns, int rows, int firstKept)
    {
        var grid = Enumerable.Range(firstKept, rows).Select(row =>
        {
            var cells = Blank(columns, Style.Default);
            if (row < _rows.Length)
            {
                _rows[row].AsSpan(0, Math.Min(columns, Columns)).CopyTo(cells);
            }

            return cells;
        }).ToArray();
        (_rows, Columns, _blank) = (grid, columns, Blank(columns, Style.Default));
    }

    private void Erase(Span<Cell> cells, Style style)
    {
        if (_blank[0].Style != style)
        {
            _blank.AsSpan().Fill(new Cell(0, style));
        }

        _blank.AsSpan(0, cells.Length).CopyTo(cells);
    }

    // What stood left of here was the left half of a wide character that is no more.
    private static void Part(Cell[] cells, int column, Style style)
    {
        if (column > 0 && cells[column - 1].Wide == 1)
        {
            cells[column - 1] = new Cell(0, style);
        }
    }

    private static Cell[] Blank(int columns, Style style)
    {
        var cells = new Cell[columns];
        cells.AsSpan().Fill(new Cell(0, style));
        return cells;
    }
}
