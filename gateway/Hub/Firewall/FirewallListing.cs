using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Sallyport.Hub.Firewall;

/// <summary>What <c>nft -j list table</c> printed (libnftables-json(5)): the rules chain by chain, and the path elements.</summary>
/// <param name="Parts">“table”, “set …” and “chain …”, each with everything that the kernel has of it but handles and elements.</param>
/// <param name="Elements">Seconds until the kernel ends it; null: never.</param>
internal sealed record FirewallListing(IReadOnlyDictionary<string, string> Parts, IReadOnlyDictionary<PathElement, int?> Elements)
{
    public static FirewallListing Parse(string json)
    {
        var parts = new Dictionary<string, StringBuilder>(StringComparer.Ordinal);
        var elements = new Dictionary<PathElement, int?>();
        foreach (var item in JsonNode.Parse(json)!["nftables"]!.AsArray())
        {
            var (kind, body) = item!.AsObject().First();
            if (kind == "metainfo")
            {
                continue;
            }

            var content = body!.AsObject();
            content.Remove("handle");
            if (kind == "set" && content["elem"]?.AsArray() is { } list)
            {
                content.Remove("elem");
                Read(list, elements);
            }

            var name = kind == "rule" ? $"chain {content["chain"]}" : kind == "table" ? kind : $"{kind} {content["name"]}";
            if (!parts.TryGetValue(name, out var text))
            {
                parts[name] = text = new StringBuilder();
            }

            text.AppendLine(content.ToJsonString());
        }

        return new FirewallListing(parts.ToDictionary(p => p.Key, p => p.Value.ToString(), StringComparer.Ordinal), elements);
    }

    /// <summary>The names of the parts that are not the same.</summary>
    public IReadOnlyList<string> DifferencesTo(FirewallListing other) =>
        [.. Parts.Keys.Union(other.Parts.Keys, StringComparer.Ordinal).Where(name => Parts.GetValueOrDefault(name) != other.Parts.GetValueOrDefault(name)).Order(StringComparer.Ordinal)];

    private static void Read(JsonArray list, Dictionary<PathElement, int?> elements)
    {
        foreach (var entry in list)
        {
            // An element that somebody added without a timeout is printed without the wrapper.
            var timed = (entry as JsonObject)?["elem"];
            if ((timed?["val"] ?? entry)?["concat"] is JsonArray { Count: 3 } key
                && IPAddress.TryParse(key[0]?.ToString(), out var gateway) && IPAddress.TryParse(key[1]?.ToString(), out var address) && int.TryParse(key[2]?.ToString(), out var port))
            {
                elements[new PathElement(gateway, address, port)] = timed?["expires"]?.GetValue<int>();
            }
        }
    }
}
