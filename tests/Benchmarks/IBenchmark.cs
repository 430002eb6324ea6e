namespace Sallyport.Benchmarks;

/// <summary>One thing that is measured beside the direct way to do the same, on the same machine in the same minutes.</summary>
internal interface IBenchmark
{
    /// <summary>What the command line calls it.</summary>
    string Name { get; }

    /// <summary>It needs portal, hub, gateway, database and a plant.</summary>
    bool NeedsInstallation => false;

    /// <summary>It takes so long that it is no part of "everything".</summary>
    bool OnlyWhenNamed => false;

    Task<IReadOnlyList<Row>> RunAsync(CancellationToken cancellationToken);
}

/// <summary>A line of the table.</summary>
/// <param name="Direct">The same without Sallyport.</param>
/// <param name="Compared">Ratio or difference of the two.</param>
/// <param name="Aim">Empty where none was set.</param>
/// <param name="Met">Null where there is no aim.</param>
internal sealed record Row(string Name, string Ours, string Direct, string Compared, string Aim = "", bool? Met = null);
