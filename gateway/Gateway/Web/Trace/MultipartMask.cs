using System.Text;
using System.Text.RegularExpressions;

namespace Sallyport.Gateway.Web.Trace;

/// <summary>A multipart form (RFC 7578) as text: its fields with their values, secret ones masked, and of files the name and length.</summary>
internal sealed partial class MultipartMask(Func<string, bool> isSecret)
{
    private const int MaxValue = 4096;

    /// <returns>Null when it is no such form.</returns>
    public string? Mask(ReadOnlySpan<byte> bytes, string? boundary, out bool any)
    {
        any = false;
        boundary = boundary?.Trim('"');
        if (string.IsNullOrEmpty(boundary))
        {
            return null;
        }

        var result = new StringBuilder();
        var delimiter = "--" + boundary;

        // Latin-1 keeps every byte; values are read as UTF-8 again below.
        foreach (var part in Encoding.Latin1.GetString(bytes).Split(delimiter).Skip(1))
        {
            if (part.StartsWith("--", StringComparison.Ordinal))
            {
                break;
            }

            var blank = part.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            var head = blank < 0 ? part : part[..blank];
            if (Name().Match(head) is not { Success: true } name)
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
            var secret = isSecret(Utf8(name.Groups["name"].Value));
            any |= secret;
            result.Append(Utf8(name.Groups["name"].Value)).Append('=');
            result.AppendLine(secret ? "***"
                : FileName().Match(head) is { Success: true } file ? $"[file {Utf8(file.Groups["name"].Value)}, {value.Length} bytes]"
                : Utf8(value.Length > MaxValue ? value[..MaxValue] : value));
        }

        return result.ToString();
    }

    private static string Utf8(string latin1) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(latin1));

    [GeneratedRegex("content-disposition:[^\\r\\n]*;\\s*name=\"?(?<name>[^\"\\r\\n;]*)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();

    [GeneratedRegex("content-disposition:[^\\r\\n]*;\\s*filename\\*?=\"?(?<name>[^\"\\r\\n;]*)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FileName();
}
