using System.Runtime.CompilerServices;

namespace Sallyport.Architecture.Tests;

/// <summary>The sources that this was built from.</summary>
internal static class Repository
{
    public static readonly string Root = Find();

    public static string Path(string relative) => System.IO.Path.Combine(Root, relative);

    public static bool Has(string relative) => Path(relative) is var path && (File.Exists(path) || Directory.Exists(path));

    /// <summary>Sources below a folder, relative to the root; nothing that was built or fetched.</summary>
    public static IEnumerable<string> Files(string folder, string pattern) => Directory.EnumerateFiles(Path(folder), pattern, SearchOption.AllDirectories)
        .Select(path => System.IO.Path.GetRelativePath(Root, path))
        .Where(path => !path.Split('/').Any(part => part is "bin" or "obj" or "node_modules" or ".git"))
        .Order(StringComparer.Ordinal);

    private static string Find([CallerFilePath] string here = "")
    {
        var folder = new FileInfo(here).Directory;
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Portal.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("There is no Portal.sln above the tests.");
    }
}
