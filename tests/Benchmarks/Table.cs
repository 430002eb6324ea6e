using System.Text;

namespace Sallyport.Benchmarks;

/// <summary>The rows as people read them.</summary>
internal static class Table
{
    private static readonly Row Head = new("what", "ours", "direct", "compared", "aim");

    public static string Markdown(IReadOnlyList<Row> rows)
    {
        var text = new StringBuilder();
        Line(Cells(Head, "met"));
        text.AppendLine("|---|---|---|---|---|---|");
        foreach (var row in rows)
        {
            Line(Cells(row, Met(row)));
        }

        return text.ToString();

        void Line(IEnumerable<string> cells) => text.AppendLine($"| {string.Join(" | ", cells)} |");
    }

    public static string Plain(IReadOnlyList<Row> rows)
    {
        string[][] lines = [Cells(Head, "met"), .. rows.Select(row => Cells(row, Met(row)))];
        var widths = Enumerable.Range(0, lines[0].Length).Select(column => lines.Max(line => line[column].Length)).ToArray();
        return string.Concat(lines.Select(line => string.Join("  ", line.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd() + '\n'));
    }

    private static string[] Cells(Row row, string met) => [row.Name, row.Ours, row.Direct, row.Compared, row.Aim, met];

    private static string Met(Row row) => row.Met switch { true => "yes", false => "no", null => "" };
}
