namespace Sallyport.Tests.Support;

/// <summary>The sources that this was built from: where Portal.sln is.</summary>
public static class RepositoryRoot
{
    public static string Folder { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory)).FullName;

    /// <param name="relative">From the root.</param>
    public static string Combine(string relative) => Path.Combine(Folder, relative);

    private static DirectoryInfo Find(DirectoryInfo folder) =>
        File.Exists(Path.Combine(folder.FullName, "Portal.sln")) ? folder : Find(folder.Parent ?? throw new DirectoryNotFoundException($"There is no Portal.sln above {AppContext.BaseDirectory}: run it where it was built."));
}
