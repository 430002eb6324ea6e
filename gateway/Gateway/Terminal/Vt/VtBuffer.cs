using System.Runtime.InteropServices;

namespace Sallyport.Gateway.Terminal.Vt;

/// <summary>One of a terminal's two screens: its cells, its margins, its tab stops and the cursor that was saved in it.</summary>
internal sealed class VtBuffer
{
    public VtBuffer(int columns, int rows)
    {
        Grid = new VtGrid(columns, rows);
        Bottom = rows - 1;
        Tabs = DefaultTabs(columns);
    }

    public VtGrid Grid { get; }

    /// <summary>First row of the scrolling region.</summary>
    public int Top { get; set; }

    /// <summary>Last row of the scrolling region.</summary>
    public int Bottom { get; set; }

    public bool[] Tabs { get; private set; }

    public SavedCursor Saved { get; set; } = SavedCursor.Home;

    /// <param name="firstKept">The row that becomes the first: what is above scrolls away when the screen gets lower.</param>
    public void Resize(int columns, int rows, int firstKept)
    {
        var tabs = DefaultTabs(columns);
        Tabs.AsSpan(0, Math.Min(columns, Tabs.Length)).CopyTo(tabs);
        Tabs = tabs;
        Grid.Resize(columns, rows, firstKept);
        (Top, Bottom) = (0, rows - 1);
    }

    public void ClearTabs() => Tabs.AsSpan().Clear();

    public bool HasDefaultTabs => Tabs.AsSpan().SequenceEqual(DefaultTabs(Tabs.Length));

    private static bool[] DefaultTabs(int columns) => [.. Enumerable.Range(0, columns).Select(column => column % 8 == 0)];
}

/// <summary>What DECSC keeps.</summary>
/// <param name="Graphics">Whether line-drawing characters were chosen.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SavedCursor(int Row, int Column, Style Style, bool Graphics, bool Origin)
{
    public static readonly SavedCursor Home = new(0, 0, Style.Default, false, false);
}
