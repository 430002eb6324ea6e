using System.Buffers;
using System.Collections.Frozen;

namespace Sallyport.Gateway.Web.Trace;

/// <summary>
/// Which names say that what they name is secret, whatever a programmer made of them: <c>j_password</c>, <c>txtPwd</c>, <c>user[pin]</c>. A name's
/// words count, so that <c>setpoint</c>, <c>pinned</c> and <c>tokens-per-second</c> name nothing secret.
/// </summary>
/// <param name="fields">Last words of secret names, such as <c>pin</c> or <c>api_key</c>, in any spelling.</param>
internal sealed class SecretNames(IReadOnlyList<string> fields)
{
    private const int MaxName = 256;
    private const int MaxWords = 8;
    private const int Hint = 3;

    // Long enough to mean nothing else wherever they stand.
    private static readonly string[] Anywhere = ["password", "passwort", "passphrase", "kennwort", "credential", "wachtwoord", "motdepasse", "contrase", "lösenord", "salasana"];

    // Say nothing of what kind of thing it is.
    private static readonly FrozenSet<string> Qualifiers = FrozenSet.Create(
        StringComparer.Ordinal, "new", "old", "current", "confirm", "confirmed", "confirmation", "repeat", "repeated", "again", "retype", "verify", "input", "field", "text", "plain", "hash", "enc", "md", "sha", "base");

    // Of members that say which value the one beside them is: {"name":"password","value":"x"}.
    private static readonly FrozenSet<string> NamingWhole = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "id", "k", "n", "type", "tag", "path", "var", "item", "attribute");
    private static readonly string[] NamingEnds = ["name", "key", "field", "param", "parameter", "property", "label", "variable"];

    private static readonly SearchValues<string> AnywhereValues = SearchValues.Create(Anywhere, StringComparison.OrdinalIgnoreCase);

    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _last =
        fields.Select(Joined).Where(name => name.Length > 0).ToFrozenSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    // What has none of these has no secret name: most names and texts are told by one look.
    private readonly SearchValues<string> _hints =
        SearchValues.Create([.. Anywhere.Concat(fields).Concat(["pwd", "token"]).Select(HintOf).Where(hint => hint.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase)], StringComparison.OrdinalIgnoreCase);

    /// <summary>False: no secret name is in it, unless it is escaped somehow.</summary>
    public bool MayMention(ReadOnlySpan<char> text) => text.ContainsAny(_hints);

    public bool IsSecret(ReadOnlySpan<char> name)
    {
        if (!MayMention(name))
        {
            return false;
        }

        if (name.ContainsAny(AnywhereValues))
        {
            return true;
        }

        // Nobody gave such a name.
        return name.Length <= MaxName && IsSecretByItsWords(name);
    }

    /// <summary>Is its value a name, whose value is in a member beside it?</summary>
    public static bool IsNaming(string name) =>
        NamingWhole.Contains(name) || NamingEnds.Any(end => name.EndsWith(end, StringComparison.OrdinalIgnoreCase));

    /// <summary>Names a text a secret so that its value may stand beside it: <c>password=</c>, <c>"pin" :</c>, <c>&lt;pwd&gt;</c>, <c>value="token"</c>? In time that grows with its length alone.</summary>
    public bool Mentions(ReadOnlySpan<char> text)
    {
        for (var at = 0; Next(text, ref at, char.IsLetterOrDigit, out var name);)
        {
            if (IsSecret(text[name]) && HasValue(text, name.Start.Value, name.End.Value))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Has it a secret name in it, with whatever bytes around?</summary>
    public bool MentionsInBytes(ReadOnlySpan<char> text)
    {
        for (var at = 0; Next(text, ref at, char.IsAsciiLetterOrDigit, out var name);)
        {
            // Two letters come together by chance.
            if (name.End.Value - name.Start.Value >= Hint && IsSecret(text[name]))
            {
                return true;
            }
        }

        return false;
    }

    // The next word, with _ and -, in which there is a hint.
    private bool Next(ReadOnlySpan<char> text, ref int at, Func<char, bool> isLetter, out Range name)
    {
        var hint = text[at..].IndexOfAny(_hints);
        if (hint < 0)
        {
            name = default;
            return false;
        }

        var (start, end) = (at + hint, at + hint + 1);
        while (start > at && IsPart(text[start - 1]))
        {
            start--;
        }

        while (end < text.Length && IsPart(text[end]))
        {
            end++;
        }

        (name, at) = (start..end, end);
        return true;

        bool IsPart(char c) => c is '_' or '-' || isLetter(c);
    }

    private static bool HasValue(ReadOnlySpan<char> text, int start, int end)
    {
        var before = start == 0 ? '\n' : text[start - 1];
        if (before == '<' || IsQuote(before) || (before == ':' && IsPrefix(text[..(start - 1)])) || (end < text.Length && IsQuote(text[end])))
        {
            return true;
        }

        var rest = text[end..].TrimStart(" \t\r\n");
        return rest is ['=' or ':' or '>' or '&', ..] or ['%', '2' or '3' or '5', ..];
    }

    private static bool IsQuote(char c) => c is '"' or '\'' or '`' or '\\';

    // <ns:password …>
    private static bool IsPrefix(ReadOnlySpan<char> before)
    {
        before = before[^Math.Min(before.Length, MaxName)..];
        return before.LastIndexOf('<') is var tag and >= 0 && !before[tag..].ContainsAny(" \t\r\n>");
    }

    private bool IsSecretByItsWords(ReadOnlySpan<char> name)
    {
        Span<char> joined = stackalloc char[MaxName];
        Span<int> starts = stackalloc int[MaxName + 1];
        var (length, count) = (0, 0);
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsLetterOrDigit(name[i]))
            {
                if (i == 0 || BeginsWord(name, i))
                {
                    starts[count++] = length;
                }

                joined[length++] = char.ToLowerInvariant(name[i]);
            }
        }

        starts[count] = length;
        for (var word = 0; word < count; word++)
        {
            if (joined[starts[word]..starts[word + 1]].IndexOf("pwd") >= 0)
            {
                return true;
            }
        }

        for (var end = count; end > 0; end--)
        {
            for (var start = end - 1; start >= Math.Max(0, end - MaxWords); start--)
            {
                if (_last.Contains(joined[starts[start]..starts[end]]))
                {
                    return true;
                }
            }

            if (joined[..starts[end]].EndsWith("token"))
            {
                return true;
            }

            ReadOnlySpan<char> last = joined[starts[end - 1]..starts[end]];
            if (!char.IsDigit(last[0]) && !Qualifiers.GetAlternateLookup<ReadOnlySpan<char>>().Contains(last))
            {
                break;
            }
        }

        return false;
    }

    // A separator, a digit, or a capital: txtPwd, USER_PIN2, HTTPAuth.
    private static bool BeginsWord(ReadOnlySpan<char> name, int i)
    {
        var (before, c) = (name[i - 1], name[i]);
        return !char.IsLetterOrDigit(before)
            || char.IsDigit(before) != char.IsDigit(c)
            || (char.IsUpper(c) && (!char.IsUpper(before) || (i + 1 < name.Length && char.IsLower(name[i + 1]))));
    }

    private static string Joined(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();

    private static string HintOf(string name) => string.Concat(name.SkipWhile(c => !char.IsLetterOrDigit(c)).TakeWhile(char.IsLetterOrDigit).Take(Hint));
}
