namespace Sallyport.Benchmarks;

/// <summary>What the command line asks for.</summary>
/// <param name="Only">Whole names.</param>
/// <param name="Parts">Parts of names: <c>web</c> is all that begin with it.</param>
internal sealed record Choice(IReadOnlyList<string> Only, IReadOnlyList<string> Parts, bool Installation, string? Out)
{
    public bool Includes(IBenchmark benchmark) => IsNamed(benchmark.Name) && (Installation || !benchmark.NeedsInstallation);

    /// <returns>Null when it is not understood.</returns>
    public static Choice? Parse(ReadOnlySpan<string> arguments)
    {
        var choice = new Choice([], [], true, null);
        while (arguments.Length > 0)
        {
            switch (arguments)
            {
                case ["--only", var name, ..]:
                    choice = choice with { Only = [.. choice.Only, name] };
                    arguments = arguments[2..];
                    break;
                case ["--out", var path, ..]:
                    choice = choice with { Out = path };
                    arguments = arguments[2..];
                    break;
                case ["--no-installation", ..]:
                    choice = choice with { Installation = false };
                    arguments = arguments[1..];
                    break;
                case [var part, ..] when !part.StartsWith('-'):
                    choice = choice with { Parts = [.. choice.Parts, part] };
                    arguments = arguments[1..];
                    break;
                default:
                    return null;
            }
        }

        return choice;
    }

    private bool IsNamed(string name) =>
        Only.Count + Parts.Count == 0 || Only.Contains(name, StringComparer.Ordinal) || Parts.Any(part => name.Contains(part, StringComparison.Ordinal));
}
