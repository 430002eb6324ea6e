using System.Net.Http.Headers;
using System.Text;
using Sallyport.Recording;

namespace Sallyport.Gateway.Web.Trace;

/// <summary>
/// Takes the values of secret fields out of what is recorded. Where a field cannot be told from the rest (a broken form, a text that
/// only mentions a secret's name) nothing is kept rather than too much.
/// </summary>
internal sealed class SecretMask
{
    private readonly SecretNames _names;
    private readonly JsonMask _json;
    private readonly FormMask _form;

    /// <param name="secretFields">The service's own, beside those that <see cref="SecretNames"/> knows.</param>
    public SecretMask(IReadOnlyList<string> secretFields)
    {
        _names = new SecretNames(secretFields);
        _json = new JsonMask(_names);
        _form = new FormMask(_names, _json);
    }

    /// <summary>A path or a whole address: its query and fragment, parameters of its path (RFC 3986, section 3.3), and a user's name and password in it.</summary>
    public string Address(string address)
    {
        if (!_names.MayMention(address) && address.AsSpan().IndexOfAny('%', '@') < 0)
        {
            return address;
        }

        var query = address.AsSpan().IndexOfAny('?', '#');
        var path = Path(query < 0 ? address : address[..query]);
        if (query < 0)
        {
            return path;
        }

        var fragment = address.IndexOf('#', query);
        return fragment < 0 || fragment == query
            ? path + address[query] + _form.Mask(address[(query + 1)..], out _)
            : path + '?' + _form.Mask(address[(query + 1)..fragment], out _) + '#' + _form.Mask(address[(fragment + 1)..], out _);
    }

    /// <param name="type">Content-Type, as it was sent.</param>
    /// <param name="encoded">Content-Encoding was given: these bytes are nothing that can be read here.</param>
    /// <param name="sha256">
    /// Of the whole. Dropped when something was masked or could not be looked at: who has all but a short secret of a body could guess that
    /// by the hash.
    /// </param>
    public HttpBody Body(string? type, bool encoded, ReadOnlySpan<byte> kept, long length, string sha256)
    {
        var truncated = kept.Length < length;
        if (kept.IsEmpty)
        {
            return new HttpBody(length, type, truncated ? null : sha256, Text: "", Truncated: truncated);
        }

        if (encoded)
        {
            return new HttpBody(length, type, null, Truncated: truncated, Omitted: "Compressed.");
        }

        var media = MediaTypeHeaderValue.TryParse(type, out var parsed) ? parsed.MediaType?.ToLowerInvariant() ?? "" : "";
        if (media == "multipart/form-data")
        {
            var form = new MultipartMask(_form).Mask(kept, parsed!.Parameters.FirstOrDefault(p => p.Name.Equals("boundary", StringComparison.OrdinalIgnoreCase))?.Value, out var any);
            return form is null
                ? new HttpBody(length, type, null, Truncated: truncated, Omitted: "A form that cannot be read may hold a secret.")
                : new HttpBody(length, type, any || truncated ? null : sha256, form, Truncated: truncated);
        }

        // What says nothing of itself, or says that it is a form, is taken for JSON where it begins like it: scripts often send it so.
        var isForm = media == "application/x-www-form-urlencoded";
        var text = Text(kept, truncated);
        var beginsLikeJson = kept.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];
        if (media.EndsWith("json", StringComparison.Ordinal) || (beginsLikeJson && (isForm || media is "" or "text/plain")))
        {
            if (text is not null && !_names.MayMention(text) && !text.Contains('\\', StringComparison.Ordinal))
            {
                return new HttpBody(length, type, truncated ? null : sha256, text, Truncated: truncated);
            }

            if (_json.Mask(kept, !truncated, out var any) is { } json)
            {
                return new HttpBody(length, type, any || truncated ? null : sha256, any ? json : text ?? json, Truncated: truncated);
            }
        }

        if (isForm && !beginsLikeJson)
        {
            var form = _form.Mask(Encoding.UTF8.GetString(kept), out var any);
            return new HttpBody(length, type, any || truncated ? null : sha256, form, Truncated: truncated);
        }

        return (text is null ? MentionsSecret(kept) : _names.Mentions(text)) ? new HttpBody(length, type, null, Truncated: truncated, Omitted: "It mentions a secret field, and its form is not known.")
            : text is not null ? new HttpBody(length, type, sha256, text, Truncated: truncated)
            : new HttpBody(length, type, sha256, Base64: Convert.ToBase64String(kept), Truncated: truncated);
    }

    // With their zeros, texts in UTF-16 would have no words. An MQTT client's first packet has its password without a name (MQTT 5, section 3.1).
    private bool MentionsSecret(ReadOnlySpan<byte> bytes) =>
        bytes.IndexOf("\0\u0004MQTT"u8) >= 0 || bytes.IndexOf("\0\u0006MQIsdp"u8) >= 0 || _names.MentionsInBytes(Encoding.UTF8.GetString(bytes).Replace("\0", "", StringComparison.Ordinal));

    private string Path(string path)
    {
        var authority = path.StartsWith("//", StringComparison.Ordinal) ? 0 : path.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0 ? scheme + 1 : -1;
        var end = authority < 0 ? -1 : path.IndexOf('/', authority + 2);
        var at = authority < 0 ? -1 : path.LastIndexOf('@', (end < 0 ? path.Length : end) - 1);
        if (at > authority)
        {
            path = $"{path[..(authority + 2)]}{JsonMask.Masked}{path[at..]}";
        }

        return string.Join('/', path.Split('/').Select(segment => string.Join(';', segment.Split(';').Select(part => _names.Mentions(Uri.UnescapeDataString(part)) ? Named(part) : part))));
    }

    private static string Named(string part) => part.IndexOf('=', StringComparison.Ordinal) is var equals and >= 0 ? part[..(equals + 1)] + JsonMask.Masked : JsonMask.Masked;

    private static string? Text(ReadOnlySpan<byte> bytes, bool truncated)
    {
        // Cut where a character was cut.
        for (var cut = 0; cut <= (truncated ? 3 : 0) && cut < bytes.Length; cut++)
        {
            var part = bytes[..^cut];
            if (System.Text.Unicode.Utf8.IsValid(part) && part.IndexOf((byte)0) < 0)
            {
                return Encoding.UTF8.GetString(part);
            }
        }

        return null;
    }
}
