namespace Sallyport.Benchmarks;

/// <summary>Where this program was built.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory)).FullName;

    private static DirectoryInfo Find(DirectoryInfo folder) =>
        File.Exists(Path.Combine(folder.FullName, "Portal.sln")) ? folder : Find(folder.Parent ?? throw new InvalidOperationException("Run the benchmarks from where they were built."));
}
