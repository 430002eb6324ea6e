using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sallyport.Portal.Data;

namespace Sallyport.Architecture.Tests;

/// <summary>docs/architecture.md names every table of the portal once, with the feature that owns it.</summary>
public sealed partial class TableOwnerTests
{
    [Fact]
    public async Task Every_table_has_one_owner_in_the_documents()
    {
        await using var source = NpgsqlDataSource.Create("Host=localhost"); // never connected
        await using var db = new PortalDbFactory(source).ForSystem();
        var tables = db.Model.GetEntityTypes().Select(entity => entity.GetTableName()!).Distinct().Append("audit.entries");

        Assert.Equal(tables.Order(StringComparer.Ordinal), Rows().Select(row => row.Table).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Owners_and_other_writers_are_features_that_exist()
    {
        var named = Rows().SelectMany(row => FeatureName().Matches($"{row.Owner}, {row.Others}").Select(match => match.Value)).Distinct().ToList();

        Assert.True(named.Count > 5, "No owners were found.");
        Assert.All(named, feature => Assert.True(Repository.Has($"portal/{feature}"), $"There is no portal/{feature}."));
    }

    private static List<(string Table, string Owner, string Others)> Rows()
    {
        var document = File.ReadAllText(Repository.Path("docs/architecture.md"));
        var section = document[document.IndexOf("### Who owns which table", StringComparison.Ordinal)..];
        section = section[..section.IndexOf("\n## ", StringComparison.Ordinal)];
        return [.. Row().Matches(section).Select(row => (row.Groups["table"].Value, row.Groups["owner"].Value, row.Groups["others"].Value))];
    }

    [GeneratedRegex(@"^\| `(?<table>[a-z_.]+)` \| (?<owner>[^|]+) \| ?(?<others>[^|]*)\|$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Row();

    // The feature is what stands before a bracket or a comma.
    [GeneratedRegex(@"(?<=^|, )[A-Z]\w+(/[A-Z]\w+)?(?= \(|,|$| $)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FeatureName();
}
