using System.Net.Http.Headers;
using System.Text;

namespace Sallyport.Gateway.Web.Trace;

/// <summary>A multipart form (RFC 7578) as text: its fields with their values, secret ones masked, and of files the name and length.</summary>
internal sealed class MultipartMask(FormMask form)
{
    private const int MaxValue = 4096;
    private const string Disposition = "Content-Disposition:";

    /// <returns>Null when it is no such form.</returns>
    public string? Mask(ReadOnlySpan<byte> bytes, string? boundary, out bool any)
    {
        any = false;
        boundary = boundary?.Trim('"');
        if (string.IsNullOrEmpty(boundary))
        {
            return null;
        }

        var fields = new List<(string Name, string Value)>();
        var files = new Dictionary<int, string>();

        // Latin-1 keeps every byte; values are read as UTF-8 again below.
        foreach (var part in Encoding.Latin1.GetString(bytes).Split("--" + boundary).Skip(1))
        {
            if (part.StartsWith("--", StringComparison.Ordinal))
            {
                break;
            }

            var blank = part.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (Field(blank < 0 ? part : part[..blank]) is not { } field)
            {
                if (blank < 0)
                {
                    // Cut in the middle of a head.
                    break;
                }

                return null;
            }

            var value = blank < 0 ? "" : part[(blank + 4)..];
            value = value.EndsWith("\r\n", StringComparison.Ordinal) ? value[..^2] : value;
            if (field.File is { } file)
            {
                files[fields.Count] = $"[file {file}, {value.Length} bytes]";
            }

            fields.Add((field.Name, field.File is null ? Utf8(value) : ""));
        }

        var values = form.Values(fields, out any);
        var result = new StringBuilder();
        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i].Length > MaxValue ? values[i][..MaxValue] : values[i];
            result.Append(fields[i].Name).Append('=').AppendLine(value != JsonMask.Masked && files.TryGetValue(i, out var file) ? file : value);
        }

        return result.ToString();
    }

    private static (string Name, string? File)? Field(string head)
    {
        var line = head.Split("\r\n").FirstOrDefault(line => line.StartsWith(Disposition, StringComparison.OrdinalIgnoreCase));
        return line is not null && ContentDispositionHeaderValue.TryParse(line[Disposition.Length..], out var disposition) && disposition.Name is { } name
            ? (Utf8(name.Trim('"')), (disposition.FileNameStar ?? disposition.FileName) is { } file ? Utf8(file.Trim('"')) : null)
            : null;
    }

    private static string Utf8(string latin1) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(latin1));
}
