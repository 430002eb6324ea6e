using System.Text;

namespace Sallyport.Gateway.Web.Asset;

/// <summary>The <c>name=value, name="value"</c> lists of RFC 9110, section 11.2.</summary>
internal static class HttpParameters
{
    /// <summary>What cannot be read is left out; the first of two with one name counts.</summary>
    public static Dictionary<string, string> Parse(string text)
    {
        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var value = new StringBuilder();
        for (var i = 0; i < text.Length;)
        {
            var equals = text.IndexOf('=', i);
            if (equals < 0)
            {
                break;
            }

            var name = text[i..equals].Trim(' ', '\t', ',');
            value.Clear();
            i = equals + 1;
            while (i < text.Length && text[i] is ' ' or '\t')
            {
                i++;
            }

            if (i < text.Length && text[i] == '"')
            {
                for (i++; i < text.Length && text[i] != '"'; i++)
                {
                    i += text[i] == '\\' && i + 1 < text.Length ? 1 : 0;
                    value.Append(text[i]);
                }

                i = text.IndexOf(',', Math.Min(i, text.Length));
            }
            else
            {
                var comma = text.IndexOf(',', i);
                value.Append(text[i..(comma < 0 ? text.Length : comma)].Trim());
                i = comma;
            }

            parameters.TryAdd(name, value.ToString());
            i = i < 0 ? text.Length : i + 1;
        }

        return parameters;
    }
}
