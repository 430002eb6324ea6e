using System.Buffers;

namespace Sallyport.Gateway.Web.Trace;

/// <summary>Names with their values, as a query or a form has them, secret ones masked.</summary>
internal sealed class FormMask(SecretNames names, JsonMask json)
{
    private static readonly SearchValues<char> NotOfNames = SearchValues.Create(" \t\r\n{}<>\"'`\\;,");

    /// <param name="fields">Decoded.</param>
    /// <returns>For each field: its value, or what is shown instead.</returns>
    public string[] Values(IReadOnlyList<(string Name, string Value)> fields, out bool any)
    {
        // name=pin&value=1234
        var beside = fields.Any(field => SecretNames.IsNaming(field.Name) && json.SaysSecretName(field.Value));
        var found = false;
        var values = new string[fields.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var (name, value) = fields[i];
            var secret = names.IsSecret(name) || (beside && !SecretNames.IsNaming(name));
            found |= secret;
            values[i] = secret ? JsonMask.Masked : json.Text(value, ref found);
        }

        any = found;
        return values;
    }

    /// <summary><c>application/x-www-form-urlencoded</c>, and a query. What is not masked stays as it was sent.</summary>
    public string Mask(string text, out bool any)
    {
        var pairs = text.Split('&');
        var fields = new (string Name, string Value)[pairs.Length];
        for (var i = 0; i < pairs.Length; i++)
        {
            var equals = pairs[i].IndexOf('=', StringComparison.Ordinal);
            var name = Decoded(equals < 0 ? pairs[i] : pairs[i][..equals]);
            fields[i] = (name, equals < 0 ? "" : Decoded(pairs[i][(equals + 1)..]));
            if ((equals < 0 || name.AsSpan().ContainsAny(NotOfNames)) && names.Mentions(name))
            {
                // Something else than a form, which would be cut in the wrong places.
                any = true;
                return JsonMask.Masked;
            }
        }

        var values = Values(fields, out any);
        return any ? string.Join('&', pairs.Select((pair, i) => Shown(pair, fields[i].Value, values[i]))) : text;
    }

    private static string Shown(string pair, string value, string shown)
    {
        var equals = pair.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 || ReferenceEquals(value, shown) ? pair : pair[..(equals + 1)] + (shown == JsonMask.Masked ? shown : Uri.EscapeDataString(shown));
    }

    private static string Decoded(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
