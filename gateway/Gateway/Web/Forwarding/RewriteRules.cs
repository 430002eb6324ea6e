using System.Buffers;

namespace Sallyport.Gateway.Web.Forwarding;

/// <summary>What a <see cref="BodyRewriter"/> looks for, made once for a session.</summary>
internal sealed class RewriteRules
{
    private readonly KeyValuePair<string, string>[] _patterns;
    private readonly SearchValues<string> _search;
    private readonly SearchValues<string> _hosts;
    private readonly int _longest;

    /// <param name="replacements">From a spelling of the asset's origin to the session's.</param>
    /// <param name="hosts">Host names of which each spelling contains one: few, so that a text without any is passed over fast.</param>
    public RewriteRules(IReadOnlyDictionary<string, string> replacements, IEnumerable<string> hosts)
    {
        // The longest first: the one with a port before the one without.
        _patterns = [.. replacements.OrderByDescending(p => p.Key.Length)];
        _search = SearchValues.Create([.. replacements.Keys], StringComparison.OrdinalIgnoreCase);
        _hosts = SearchValues.Create([.. hosts], StringComparison.OrdinalIgnoreCase);
        _longest = _patterns[0].Key.Length;
    }

    public bool MayContain(ReadOnlySpan<char> text) => text.ContainsAny(_hosts);

    /// <returns>Where the next spelling begins; -1 without one.</returns>
    public int Find(ReadOnlySpan<char> text) => text.IndexOfAny(_search);

    /// <summary>The longest spelling that the text begins with; it begins with one.</summary>
    public KeyValuePair<string, string> At(ReadOnlySpan<char> text)
    {
        foreach (var pattern in _patterns)
        {
            if (text.StartsWith(pattern.Key, StringComparison.OrdinalIgnoreCase))
            {
                return pattern;
            }
        }

        throw new InvalidOperationException("No spelling begins here.");
    }

    /// <summary>How much of the text's end could be the beginning of a spelling.</summary>
    public int Beginning(ReadOnlySpan<char> text)
    {
        for (var length = Math.Min(_longest - 1, text.Length); length > 0; length--)
        {
            var tail = text[^length..];
            foreach (var pattern in _patterns)
            {
                if (pattern.Key.Length > length && pattern.Key.AsSpan(0, length).Equals(tail, StringComparison.OrdinalIgnoreCase))
                {
                    return length;
                }
            }
        }

        return 0;
    }
}
