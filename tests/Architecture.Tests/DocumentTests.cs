using System.Text.RegularExpressions;

namespace Sallyport.Architecture.Tests;

/// <summary>What the documents point at is there.</summary>
public sealed partial class DocumentTests
{
    private static readonly string[] Folders = ["portal", "gateway", "deploy", "tests", "docs", ".ci", ".devcontainer", ".githooks"];

    private static readonly Lazy<HashSet<string>> TestClasses = new(() => [.. Repository.Files("tests", "*Tests.cs").Select(path => Path.GetFileNameWithoutExtension(path))]);

    public static TheoryData<string> Documents => [.. Directory.EnumerateFiles(Repository.Root, "*.md").Select(path => Path.GetFileName(path)), .. Repository.Files("docs", "*.md"), .. Repository.Files("deploy", "*.md")];

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_link_leads_to_a_file_and_a_heading_that_exist(string document)
    {
        var dead = Link().Matches(Prose(document)).Select(link => link.Groups["target"].Value).Where(target => !target.Contains("://", StringComparison.Ordinal)).Where(target =>
        {
            var (path, heading) = target.Split('#') is [var file, var anchor] ? (file, anchor) : (target, null);
            var linked = path.Length == 0 ? document : Path.GetRelativePath(Repository.Root, Path.GetFullPath(path, Path.GetDirectoryName(Repository.Path(document))!));
            return !Repository.Has(linked) || (heading is not null && !Headings(linked).Contains(heading));
        });

        Assert.Empty(dead);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_file_that_is_named_exists(string document)
    {
        var missing = Code().Matches(Prose(document)).Select(code => code.Groups["code"].Value.TrimEnd('/')).Where(LooksLikePath).Where(path => !Repository.Has(path));

        Assert.Empty(missing);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_test_class_that_is_named_exists(string document)
    {
        var named = Code().Matches(Prose(document)).Select(code => code.Groups["code"].Value).Where(code => TestClass().IsMatch(code));

        Assert.Empty(named.Except(TestClasses.Value));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_sequence_diagram_has_no_semicolon_which_would_end_a_statement(string document)
    {
        Assert.All(Block().Matches(File.ReadAllText(Repository.Path(document))).Where(block => block.Value.Contains("sequenceDiagram", StringComparison.Ordinal)), block => Assert.DoesNotContain(';', block.Value));
    }

    [Fact]
    public void Every_document_and_decision_can_be_reached_from_the_readme()
    {
        var (reached, next) = (new HashSet<string>(StringComparer.Ordinal), new Queue<string>(["README.md"]));
        while (next.TryDequeue(out var document))
        {
            if (!reached.Add(document))
            {
                continue;
            }

            foreach (var target in Link().Matches(Prose(document)).Select(link => link.Groups["target"].Value.Split('#')[0]).Where(target => target.Length > 0 && !target.Contains("://", StringComparison.Ordinal)))
            {
                var linked = Path.GetRelativePath(Repository.Root, Path.GetFullPath(target, Path.GetDirectoryName(Repository.Path(document))!));
                var pages = Directory.Exists(Repository.Path(linked)) ? Repository.Files(linked, "*.md") : linked.EndsWith(".md", StringComparison.Ordinal) ? [linked] : [];
                foreach (var page in pages.Where(Repository.Has))
                {
                    next.Enqueue(page);
                }
            }
        }

        Assert.Empty(Repository.Files("docs", "*.md").Except(reached));
    }

    [Fact]
    public void Every_decision_has_a_status_and_a_date()
    {
        var without = Repository.Files("docs/decisions", "*.md").Where(decision => !Status().IsMatch(File.ReadAllText(Repository.Path(decision))));

        Assert.Empty(without);
    }

    private static bool LooksLikePath(string code) =>
        code.Contains('/', StringComparison.Ordinal) && Folders.Contains(code.Split('/')[0]) && code.IndexOfAny([' ', '*', '{', '<', '$']) < 0;

    /// <summary>Without blocks of code.</summary>
    private static string Prose(string document) => Block().Replace(File.ReadAllText(Repository.Path(document)), "");

    /// <summary>As GitHub makes an anchor of a heading.</summary>
    private static IEnumerable<string> Headings(string document) => Heading().Matches(Prose(document))
        .Select(heading => NotInAnchors().Replace(heading.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();

    [GeneratedRegex("`(?<code>[^`\n]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Code();

    [GeneratedRegex(@"^[A-Z]\w+Tests$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TestClass();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Block();

    [GeneratedRegex("^#+ (?<text>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NotInAnchors();

    [GeneratedRegex(@"^Status: (Accepted|Undone|Superseded|Proposed).*\. Date: \d{4}-\d{2}-\d{2}\.$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Status();
}
