using System.Xml.Linq;

namespace Sallyport.Architecture.Tests;

/// <summary>Dependencies point one way: what portal, gateway and hub say to one another, and the recording format, know none of them.</summary>
public sealed class ProjectDependencyTests
{
    [Theory]
    [InlineData("portal/Portal.csproj", "Contracts Hosting Recording")]
    [InlineData("gateway/Gateway/Gateway.csproj", "Contracts Hosting Recording")]
    [InlineData("gateway/Hub/Hub.csproj", "Contracts Hosting")]
    [InlineData("gateway/Contracts/Contracts.csproj", "")]
    [InlineData("gateway/Recording/Recording.csproj", "")]
    [InlineData("gateway/Hosting/Hosting.csproj", "Contracts")]
    public void A_project_refers_to_these_and_no_others(string project, string others) => Assert.Equal(others, string.Join(' ', References(project)));

    [Fact]
    public void No_project_of_the_product_is_missing_here()
    {
        var projects = new[] { "portal", "gateway" }
            .SelectMany(folder => Directory.EnumerateFiles(Repository.Path(folder), "*.csproj", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 }))
            .Select(path => Path.GetFileNameWithoutExtension(path));

        Assert.Equal(["Contracts", "Gateway", "Hosting", "Hub", "Portal", "Recording"], projects.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("gateway/Contracts/Contracts.csproj")]
    [InlineData("gateway/Recording/Recording.csproj")]
    public void Contracts_and_recording_need_nothing_but_the_runtime(string project)
    {
        var xml = XDocument.Load(Repository.Path(project));

        Assert.Equal("Microsoft.NET.Sdk", xml.Root!.Attribute("Sdk")!.Value);
        Assert.DoesNotContain(xml.Descendants(), e => e.Name.LocalName is "PackageReference" or "FrameworkReference" or "Reference");
    }

    private static IEnumerable<string> References(string project) => XDocument.Load(Repository.Path(project))
        .Descendants("ProjectReference")
        .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')))
        .Order(StringComparer.Ordinal);
}
