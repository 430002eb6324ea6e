namespace Sallyport.Benchmarks;

/// <summary>What the command line asks for.</summary>
/// <param name="Names">How the names of those begin that are wanted: <c>web</c> is all of the web's. None: all but those that are run only when named.</param>
internal sealed record Choice(IReadOnlyList<string> Names, bool Installation, string? Out)
{
    public bool Includes(IBenchmark benchmark) => IsNamed(benchmark) && (Installation || !benchmark.NeedsInstallation);

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

    private bool IsNamed(IBenchmark benchmark) =>
        Names.Count == 0 ? !benchmark.OnlyWhenNamed : Names.Any(beginning => benchmark.Name.StartsWith(beginning, StringComparison.Ordinal));
}
