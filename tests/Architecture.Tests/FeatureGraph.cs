using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;

namespace Sallyport.Architecture.Tests;

/// <summary>
/// Which feature of a program uses which, and by which types. A feature is a folder below the program's root, as namespaces tell; what
/// stands in the root itself is <see cref="Root"/>. Read from the compiled code; and from the sources' using lines, since of a constant
/// the compiled code has only the value.
/// </summary>
internal sealed class FeatureGraph
{
    public const string Root = "(root)";

    private readonly SortedDictionary<string, SortedDictionary<string, SortedSet<string>>> _uses = new(StringComparer.Ordinal);

    /// <param name="unseen">Full names of types that may name every feature.</param>
    private FeatureGraph(System.Reflection.Assembly assembly, string space, string folder, string[] unseen)
    {
        foreach (var type in new ArchLoader().LoadAssemblies(assembly).Build().Types.Where(type => !unseen.Any(name => IsOf(type, name))))
        {
            foreach (var target in type.Dependencies.Select(dependency => dependency.Target).Where(target => target is not GenericParameter))
            {
                Add(Feature(space, type.Namespace.FullName), Feature(space, target.Namespace.FullName), type.Name);
            }
        }

        foreach (var file in Repository.Files(folder, "*.cs").Concat(Repository.Files(folder, "*.razor")))
        {
            var type = Path.GetFileNameWithoutExtension(file);
            var parts = Path.GetRelativePath(folder, file).Split('/');
            var from = parts.Length == 1 ? Root : parts[0];
            if (unseen.Any(name => name.Split('.')[^1] == type) || parts.Contains("Migrations") || type == "_Imports")
            {
                continue;
            }

            foreach (Match used in Regex.Matches(File.ReadAllText(Repository.Path(file)), $@"^@?using (static )?{Regex.Escape(space)}\.(?<space>[\w.]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5)))
            {
                Add(from, used.Groups["space"].Value.TrimEnd(';').Split('.')[0], type);
            }
        }
    }

    public IEnumerable<string> Features => _uses.Keys.Union(_uses.Values.SelectMany(to => to.Keys)).Order(StringComparer.Ordinal);

    public static FeatureGraph Of(System.Reflection.Assembly assembly, string space, string folder, params string[] unseen) => new(assembly, space, folder, unseen);

    public IEnumerable<string> UsedBy(string feature) => _uses.TryGetValue(feature, out var used) ? used.Keys : [];

    /// <summary>The types that make an edge.</summary>
    public IEnumerable<string> Types(string from, string to) => _uses.TryGetValue(from, out var used) && used.TryGetValue(to, out var types) ? types : [];

    /// <summary>A cell is the number of types in the row's feature that use the column's.</summary>
    public string Matrix()
    {
        var features = Features.ToList();
        var text = new StringBuilder($"{"uses",-11}").AppendLine(string.Concat(features.Select(to => $"{to[..Math.Min(6, to.Length)],7}")));
        foreach (var from in features)
        {
            text.Append($"{from,-11}").AppendLine(string.Concat(features.Select(to => $"{(from == to ? "-" : Types(from, to).Count() is > 0 and var count ? $"{count}" : "."),7}")));
        }

        return text.ToString();
    }

    private void Add(string? from, string? to, string type)
    {
        if (from is null || to is null || from == to)
        {
            return;
        }

        if (!_uses.TryGetValue(from, out var used))
        {
            _uses[from] = used = new(StringComparer.Ordinal);
        }

        if (!used.TryGetValue(to, out var types))
        {
            used[to] = types = new(StringComparer.Ordinal);
        }

        types.Add(type.Split('`', '+')[0]);
    }

    // A nested type, too.
    private static bool IsOf(IType type, string name) => type.FullName == name || type.FullName.StartsWith($"{name}+", StringComparison.Ordinal);

    private static string? Feature(string space, string of) =>
        of == space ? Root : of.StartsWith($"{space}.", StringComparison.Ordinal) ? of[(space.Length + 1)..].Split('.')[0] : null;
}
