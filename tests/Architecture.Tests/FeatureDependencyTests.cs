using Sallyport.Gateway;
using Sallyport.Hub;
using Sallyport.Portal.Data;
using Xunit.Abstractions;

namespace Sallyport.Architecture.Tests;

/// <summary>
/// Which feature uses which, exactly: a new edge fails here, and so does one that is listed and gone. An edge that points against the
/// layers that docs/architecture.md means is in <see cref="Feature.ToGo"/>, with what turns it; that list may only become shorter.
/// </summary>
public sealed class FeatureDependencyTests(ITestOutputHelper output)
{
    private const string BesideEntities = "Configurations: beside their entities";

    private static readonly Feature[] Portal =
    [
        new("(root)", "Access Audit Common Data Demo Gateways Identity Keys Layout Monitoring Overlay Plants Recordings Sessions"),
        new("Common", ""),
        new("Keys", "Common"),
        new("Data", "Common", ("Identity", "Configurations: beside their entities; Actor and Policies: into Common"), ("Overlay", BesideEntities), ("Plants", BesideEntities)),
        new("Audit", "Common Data Layout", ("Identity", "Actor and Installation: into Common")),
        new("Identity", "Audit Common Data Keys Layout", ("(root)", "UserCommands: takes PortalServices, as the other commands"), ("Gateways", "the link registers its own policies, and audits its own refusals"), ("Plants", "Tenant: into Common")),
        new("Plants", "Audit Common Data Identity Keys Layout", ("Access", "removal and the first policy: into Lifecycle"), ("Gateways", "scanning of keys: into Network"), ("Overlay", "addresses, removal: into Lifecycle; scanning: into Network"), ("Sessions", "removal into Lifecycle; a changed service is an event")),
        new("Gateways", "Audit Common Data Identity Keys", ("Overlay", "Hub, as a component: into ControlLink")),
        new("Overlay", "Audit Common Data Gateways Identity Layout Plants", ("Sessions", "a removed component is an event")),
        new("Access", "Audit Data Identity Layout Plants"),
        new("Sessions", "Access Audit Common Data Gateways Identity Keys Layout Overlay Plants", ("Recordings", "begin and end of a session are events, and Recordings writes its rows")),
        new("Recordings", "Access Audit Common Data Gateways Identity Keys Layout Plants Sessions"),
        new("Pages", "Access Identity Layout Plants Sessions"),
        new("Layout", "Common Data", ("Identity", "Actor: into Common; menu and headers: into Shell")),
        new("Monitoring", "Access Common Data Gateways Identity Overlay Plants Recordings Sessions"),
        new("Demo", "Data Identity Plants"),
    ];

    private static readonly Feature[] Gateway =
    [
        new("Link", "(root)"),
        new("Sessions", "(root) Link"),
        new("Screen", "Sessions"),
        new("Terminal", "Sessions"),
        new("Web", "Link Sessions"),
    ];

    private static readonly Feature[] Hub =
    [
        new("(root)", "", ("Firewall", "HubReconciler and Overlay: into a folder above"), ("WireGuard", "HubReconciler and Overlay: into a folder above")),
        new("Firewall", "(root)"),
        new("WireGuard", "(root) Firewall"),
        new("Link", "(root) Firewall WireGuard"),
    ];

    // PortalDb names the entities of all features, and PortalHost all features: that is what they are for.
    private static readonly Lazy<FeatureGraph> PortalGraph = new(() => FeatureGraph.Of(typeof(PortalDb).Assembly, "Sallyport.Portal", "portal", typeof(PortalDb).FullName!));
    private static readonly Lazy<FeatureGraph> GatewayGraph = new(() => FeatureGraph.Of(typeof(GatewayOptions).Assembly, "Sallyport.Gateway", "gateway/Gateway", "Program"));
    private static readonly Lazy<FeatureGraph> HubGraph = new(() => FeatureGraph.Of(typeof(HubOptions).Assembly, "Sallyport.Hub", "gateway/Hub", "Program"));

    [Fact]
    public void The_portals_features_use_these_and_no_others() => Compare(Portal, PortalGraph.Value);

    [Fact]
    public void The_gateways_features_use_these_and_no_others() => Compare(Gateway, GatewayGraph.Value);

    [Fact]
    public void The_hubs_features_use_these_and_no_others() => Compare(Hub, HubGraph.Value);

    [Fact]
    public void Without_the_edges_that_are_to_go_there_are_layers()
    {
        Assert.All(new[] { Portal, Gateway, Hub }, features =>
        {
            var left = features.ToList();
            while (left.FindAll(feature => !left.Exists(other => other != feature && feature.Allowed.Contains(other.Name))) is { Count: > 0 } lowest)
            {
                left.RemoveAll(lowest.Contains);
            }

            Assert.Empty(left.Select(feature => feature.Name));
        });
    }

    private void Compare(Feature[] features, FeatureGraph graph)
    {
        output.WriteLine(graph.Matrix());
        var toGo = features.SelectMany(feature => feature.ToGo.Select(edge => $"{feature.Name} -> {edge.To}: {edge.Cure}")).ToList();
        output.WriteLine($"To go: {toGo.Count}\n{string.Join('\n', toGo)}");

        var listed = features.SelectMany(feature => feature.Allowed.Concat(feature.ToGo.Select(edge => edge.To)).Select(to => (From: feature.Name, To: to))).ToHashSet();
        var found = graph.Features.SelectMany(from => graph.UsedBy(from).Select(to => (From: from, To: to))).ToHashSet();

        Assert.Equal(graph.Features, features.Select(feature => feature.Name).Union(listed.Select(edge => edge.To)).Order(StringComparer.Ordinal));
        Assert.Empty(found.Except(listed).Select(edge => $"new: {edge.From} -> {edge.To} by {string.Join(", ", graph.Types(edge.From, edge.To))}"));
        Assert.Empty(listed.Except(found).Select(edge => $"gone, take it from the list: {edge.From} -> {edge.To}"));
    }

    /// <param name="Uses">Separated by spaces.</param>
    private sealed record Feature(string Name, string Uses, params IEnumerable<(string To, string Cure)> ToGo)
    {
        public IReadOnlyList<string> Allowed { get; } = Uses.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }
}
