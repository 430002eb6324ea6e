using System.Buffers;
using System.Text;

namespace Sallyport.Gateway.Web.Forwarding;

/// <summary>
/// Replaces spellings of the asset's origin in a stream of text, chunk by chunk. Text is held back only while it could be the
/// beginning of one, so that events of a stream are not delayed. Bytes are taken as Latin-1: what is no ASCII passes unchanged, in any encoding that contains ASCII.
/// </summary>
internal sealed class BodyRewriter(RewriteRules rules)
{
    private const string EscapedColon = "%3A";
    private const int MaxPort = 5;

    private string _held = "";

    /// <returns>Often the chunk itself, or its beginning: valid as long as that is.</returns>
    public ReadOnlyMemory<byte> Rewrite(ReadOnlyMemory<byte> chunk)
    {
        var length = _held.Length + chunk.Length;
        var text = ArrayPool<char>.Shared.Rent(length);
        try
        {
            _held.CopyTo(text);
            Encoding.Latin1.GetChars(chunk.Span, text.AsSpan(_held.Length));
            if (rules.MayContain(text.AsSpan(0, length)))
            {
                return Encoding.Latin1.GetBytes(Rewrite(Encoding.Latin1.GetString(chunk.Span)));
            }

            // Most texts name no host at all: then nothing is made anew.
            var (before, hold) = (_held, rules.Beginning(text.AsSpan(0, length)));
            _held = hold == 0 ? "" : new string(text.AsSpan(length - hold, hold));
            return before.Length == 0 ? chunk[..^hold] : Encoding.Latin1.GetBytes(text, 0, length - hold);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(text);
        }
    }

    /// <summary>A text that comes whole: nothing is held back.</summary>
    public ReadOnlyMemory<byte> RewriteAll(ReadOnlyMemory<byte> whole)
    {
        var text = ArrayPool<char>.Shared.Rent(whole.Length);
        try
        {
            Encoding.Latin1.GetChars(whole.Span, text);
            return rules.MayContain(text.AsSpan(0, whole.Length)) ? Encoding.Latin1.GetBytes(Process(new string(text, 0, whole.Length), last: true)) : whole;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(text);
        }
    }

    public byte[] FinishBytes() => Encoding.Latin1.GetBytes(Finish());

    public string Rewrite(string chunk) => Process(_held + chunk, last: false);

    /// <summary>What was held back.</summary>
    public string Finish() => Process(_held, last: true);

    private string Process(string text, bool last)
    {
        var output = new StringBuilder(text.Length + 64);
        var at = 0;
        while (rules.MayContain(text.AsSpan(at)))
        {
            var found = rules.Find(text.AsSpan(at));
            if (found < 0)
            {
                break;
            }

            found += at;
            var pattern = rules.At(text.AsSpan(found));
            var end = found + pattern.Key.Length;

            // The host's name could go on, or a port come: what follows decides.
            if (!last && CouldGoOn(text.AsSpan(end)))
            {
                output.Append(text, at, found - at);
                _held = text[found..];
                return output.ToString();
            }

            output.Append(text, at, found - at);
            output.Append(EndsHost(text.AsSpan(end)) ? pattern.Value : text.AsSpan(found, pattern.Key.Length));
            at = end;
        }

        var hold = last ? 0 : rules.Beginning(text.AsSpan(at));
        output.Append(text, at, text.Length - at - hold);
        _held = text[^hold..];
        return output.ToString();
    }

    private static bool CouldGoOn(ReadOnlySpan<char> rest)
    {
        if (rest.IsEmpty || EscapedColon.AsSpan().StartsWith(rest, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        var port = rest[0] == ':' ? rest[1..] : rest.StartsWith(EscapedColon, StringComparison.OrdinalIgnoreCase) ? rest[EscapedColon.Length..] : "/";
        return port.Length <= MaxPort && !port.ContainsAnyExceptInRange('0', '9');
    }

    // 10.0.0.5 is not 10.0.0.50, panel not panel.other, and another port is another service.
    private static bool EndsHost(ReadOnlySpan<char> rest) =>
        rest.IsEmpty || !(char.IsAsciiLetterOrDigit(rest[0]) || rest[0] is '.' or '-' or '_' or '@' || (rest.Length > 1 && rest[0] == ':' && char.IsAsciiDigit(rest[1])) || rest.StartsWith(EscapedColon, StringComparison.OrdinalIgnoreCase));
}
