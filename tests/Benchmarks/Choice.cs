namespace Sallyport.Benchmarks;

/// <summary>What the command line asks for.</summary>
internal sealed record Choice(IReadOnlyList<string> Only, bool Installation, string? Out)
{
    public bool Includes(IBenchmark benchmark) =>
        (Only.Count == 0 || Only.Contains(benchmark.Name, StringComparer.Ordinal)) && (Installation || !benchmark.NeedsInstallation);

    /// <returns>Null when it is not understood.</returns>
    public static Choice? Parse(ReadOnlySpan<string> arguments)
    {
        var choice = new Choice([], true, null);
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
                default:
                    return null;
            }
        }

        return choice;
    }
}
