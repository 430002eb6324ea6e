namespace Sallyport.Benchmarks;

/// <summary>What the command line asks for.</summary>
/// <param name="Names">How the names of those begin that are wanted: <c>web</c> is all of the web's. None: all.</param>
internal sealed record Choice(IReadOnlyList<string> Names, bool Installation, string? Out)
{
    public bool Includes(IBenchmark benchmark) => IsNamed(benchmark.Name) && (Installation || !benchmark.NeedsInstallation);

    /// <returns>Null when it is not understood.</returns>
    public static Choice? Parse(ReadOnlySpan<string> arguments)
    {
        var choice = new Choice([], true, null);
        while (arguments.Length > 0)
        {
            switch (arguments)
            {
                case ["--out", var path, ..]:
                    choice = choice with { Out = path };
                    arguments = arguments[2..];
                    break;
                case ["--no-installation", ..]:
                    choice = choice with { Installation = false };
                    arguments = arguments[1..];
                    break;
                case [var name, ..] when !name.StartsWith('-'):
                    choice = choice with { Names = [.. choice.Names, name] };
                    arguments = arguments[1..];
                    break;
                default:
                    return null;
            }
        }

        return choice;
    }

    private bool IsNamed(string name) => Names.Count == 0 || Names.Any(beginning => name.StartsWith(beginning, StringComparison.Ordinal));
}
