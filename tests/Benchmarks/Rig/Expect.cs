using System.Text;

namespace Sallyport.Benchmarks.Rig;

/// <summary>Reads until a text has come.</summary>
internal static class Expect
{
    public static void Text(Stream output, string wanted)
    {
        var all = new StringBuilder();
        while (!all.ToString().Contains(wanted, StringComparison.Ordinal))
        {
            all.Append(output.ReadByte() is >= 0 and var b ? (char)b : throw new InvalidOperationException($"ended before “{wanted}”: {all}"));
        }
    }

    public static async Task TextAsync(BrowserTerminal terminal, string wanted, CancellationToken cancellationToken)
    {
        var all = new StringBuilder();
        while (!all.ToString().Contains(wanted, StringComparison.Ordinal))
        {
            all.Append(Encoding.UTF8.GetString((await terminal.ReadAsync(cancellationToken)).Span));
        }
    }
}
