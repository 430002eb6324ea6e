namespace Sallyport.Architecture.Tests;

/// <summary>The sources, as a whole.</summary>
internal static class Repository
{
    public static string Root => RepositoryRoot.Folder;

    public static string Path(string relative) => RepositoryRoot.Combine(relative);

    public static bool Has(string relative) => Path(relative) is var path && (File.Exists(path) || Directory.Exists(path));

    /// <summary>Sources below a folder, relative to the root; nothing that was built or fetched.</summary>
    public static IEnumerable<string> Files(string folder, string pattern) => Directory.EnumerateFiles(Path(folder), pattern, SearchOption.AllDirectories)
        .Select(path => System.IO.Path.GetRelativePath(Root, path))
        .Where(path => !path.Split('/').Any(part => part is "bin" or "obj" or "node_modules" or ".git"))
        .Order(StringComparer.Ordinal);
}
