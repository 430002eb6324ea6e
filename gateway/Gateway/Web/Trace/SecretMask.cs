using System.Buffers;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sallyport.Recording;

namespace Sallyport.Gateway.Web.Trace;

/// <summary>
/// Takes the values of secret fields out of what is recorded. Where a field cannot be told from the rest (a broken form, a text that
/// only mentions a secret's name) nothing is kept rather than too much.
/// </summary>
internal sealed class SecretMask(IReadOnlyList<string> secretFields)
{
    private const string Masked = "***";

    private readonly HashSet<string> _secret = new(secretFields.Select(Normal), StringComparer.OrdinalIgnoreCase);

    // password=, "password": , <password>, password="
    private readonly Regex _mention = new(
        secretFields.Count == 0 ? "(?!)" : $"\\b(?:{string.Join('|', secretFields.Select(name => Regex.Escape(name).Replace("_", "[_-]", StringComparison.Ordinal)))})[\"'\\s]*[=:>]",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        TimeSpan.FromSeconds(1));

    public string Path(string pathAndQuery)
    {
        var question = pathAndQuery.IndexOf('?', StringComparison.Ordinal);
        return question < 0 ? pathAndQuery : pathAndQuery[..(question + 1)] + Form(pathAndQuery[(question + 1)..], out _);
    }

    /// <param name="type">Content-Type, as it was sent.</param>
    /// <param name="encoded">Content-Encoding was given: these bytes are nothing that can be read here.</param>
    /// <param name="sha256">Of the whole; dropped when something was masked.</param>
    public HttpBody Body(string? type, bool encoded, ReadOnlySpan<byte> kept, long length, string sha256)
    {
        var truncated = kept.Length < length;
        var media = MediaTypeHeaderValue.TryParse(type, out var parsed) ? parsed.MediaType?.ToLowerInvariant() ?? "" : "";
        if (kept.IsEmpty)
        {
            return new HttpBody(length, type, sha256, Text: "", Truncated: truncated);
        }

        if (!encoded && media == "application/x-www-form-urlencoded")
        {
            var form = Form(Encoding.UTF8.GetString(kept), out var any);
            return new HttpBody(length, type, any ? null : sha256, form, Truncated: truncated);
        }

        if (!encoded && media == "multipart/form-data")
        {
            var form = new MultipartMask(IsSecret).Mask(kept, parsed!.Parameters.FirstOrDefault(p => p.Name.Equals("boundary", StringComparison.OrdinalIgnoreCase))?.Value, out var any);
            return form is null
                ? new HttpBody(length, type, null, Truncated: truncated, Omitted: "A form that cannot be read may hold a secret.")
                : new HttpBody(length, type, any ? null : sha256, form, Truncated: truncated);
        }

        // What says nothing of itself is taken for JSON where it begins like it: scripts often send it so.
        var looksLikeJson = media.EndsWith("json", StringComparison.Ordinal) || (media is "" or "text/plain" && kept.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..]);
        if (!encoded && looksLikeJson && Json(kept, !truncated, out var masked) is { } json)
        {
            return new HttpBody(length, type, masked ? null : sha256, masked ? json : Text(kept, truncated) ?? json, Truncated: truncated);
        }

        if (encoded || MentionsSecret(kept))
        {
            return new HttpBody(length, type, null, Truncated: truncated, Omitted: encoded ? "Compressed." : "It mentions a secret field, and its form is not known.");
        }

        return Text(kept, truncated) is { } text
            ? new HttpBody(length, type, sha256, text, Truncated: truncated)
            : new HttpBody(length, type, sha256, Base64: Convert.ToBase64String(kept), Truncated: truncated);
    }

    private static string Normal(string name) => name.Replace("-", "_", StringComparison.Ordinal);

    // name, name[], user[name] and a.b.name are all the field "name".
    private bool IsSecret(string name)
    {
        var plain = Normal(name.TrimEnd(']', '['));
        return _secret.Contains(plain) || _secret.Contains(plain[(plain.LastIndexOfAny(['[', '.', ':', '$']) + 1)..]);
    }

    private string Form(string text, out bool any)
    {
        var found = false;
        var result = string.Join('&', text.Split('&').Select(pair =>
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || !IsSecret(Uri.UnescapeDataString(pair[..equals].Replace('+', ' '))))
            {
                return pair;
            }

            found = true;
            return pair[..(equals + 1)] + Masked;
        }));
        any = found;
        return result;
    }

    // Token by token, so that the part that was kept of a longer text can be masked too.
    private string? Json(ReadOnlySpan<byte> bytes, bool whole, out bool any)
    {
        any = false;
        var output = new ArrayBufferWriter<byte>(bytes.Length);
        using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        var reader = new Utf8JsonReader(bytes, whole, new JsonReaderState(new JsonReaderOptions { AllowMultipleValues = true }));
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && IsSecret(reader.GetString()!))
                {
                    any = true;
                    writer.WriteString(reader.GetString()!, Masked);
                    if (!reader.Read() || !reader.TrySkip())
                    {
                        break;
                    }
                }
                else
                {
                    Copy(ref reader, writer);
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }

        writer.Flush();
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static void Copy(ref Utf8JsonReader reader, Utf8JsonWriter writer)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                writer.WriteStartObject();
                break;
            case JsonTokenType.EndObject:
                writer.WriteEndObject();
                break;
            case JsonTokenType.StartArray:
                writer.WriteStartArray();
                break;
            case JsonTokenType.EndArray:
                writer.WriteEndArray();
                break;
            case JsonTokenType.PropertyName:
                writer.WritePropertyName(reader.GetString()!);
                break;
            case JsonTokenType.String:
                writer.WriteStringValue(reader.GetString());
                break;
            default:
                writer.WriteRawValue(reader.ValueSpan, skipInputValidation: true);
                break;
        }
    }

    private bool MentionsSecret(ReadOnlySpan<byte> bytes) => _mention.IsMatch(Encoding.Latin1.GetString(bytes));

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
