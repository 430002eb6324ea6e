namespace Sallyport.Gateway.Terminal.Vt;

/// <summary>Switches of a terminal that a program turns on and that outlive what is on the screen.</summary>
internal sealed class VtModes
{
    // DEC private modes that a viewer's terminal must have too; the rest is of no consequence to a picture.
    private static readonly int[] Kept = [1, 5, 9, 66, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 2004];

    private readonly SortedSet<int> _on = [];

    public bool Insert { get; set; }

    public bool NewLine { get; set; }

    public bool Origin { get; set; }

    public bool Wrap { get; set; } = true;

    public bool CursorShown { get; set; } = true;

    public bool ApplicationKeypad { get; set; }

    public int CursorShape { get; set; }

    public void Set(int mode, bool on)
    {
        if (!on)
        {
            _on.Remove(mode);
        }
        else if (Array.BinarySearch(Kept, mode) >= 0)
        {
            _on.Add(mode);
        }
    }

    /// <summary>The sequences that turn them on from a fresh terminal; origin and insert are left to who places the cursor.</summary>
    public string Sequence() => string.Concat(
        string.Concat(_on.Select(mode => $"\e[?{mode}h")),
        NewLine ? "\e[20h" : "",
        Wrap ? "" : "\e[?7l",
        CursorShown ? "" : "\e[?25l",
        ApplicationKeypad ? "\e=" : "",
        CursorShape > 0 ? $"\e[{CursorShape} q" : "");
}
