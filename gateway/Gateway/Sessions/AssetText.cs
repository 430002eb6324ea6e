using System.Text;

namespace Sallyport.Gateway.Sessions;

/// <summary>Text that the asset chose, made fit for a message, a title or a log.</summary>
internal static class AssetText
{
    /// <summary>Characters of the asset's own words in a message.</summary>
    public const int MaxShown = 200;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>One line without control characters; UTF-8 where it is, else Latin-1.</summary>
    public static string Clean(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Clean(Strict.GetString(bytes));
        }
        catch (DecoderFallbackException)
        {
            return Clean(Encoding.Latin1.GetString(bytes));
        }
    }

    /// <summary>One line without control characters.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length >= MaxShown)
            {
                return clean.Append('…').ToString();
            }

            // Format characters could turn the direction of what follows.
            clean.Append(Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) == System.Globalization.UnicodeCategory.Format ? " " : rune.ToString());
        }

        return clean.ToString().Trim();
    }
}
