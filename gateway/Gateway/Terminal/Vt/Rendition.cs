namespace Sallyport.Gateway.Terminal.Vt;

/// <summary>SGR: select graphic rendition (ECMA-48, 8.3.117; 38 and 48 as xterm reads them).</summary>
internal static class Rendition
{
    public static Style Apply(Style style, ReadOnlySpan<int> parameters)
    {
        for (var i = 0; i < parameters.Length; i++)
        {
            var p = Math.Max(parameters[i], 0);
            if (p is 38 or 48)
            {
                i += Colour(parameters[(i + 1)..], out var colour);
                style = colour is not { } found ? style : p == 38 ? style with { Foreground = found } : style with { Background = found };
                continue;
            }

            style = p switch
            {
                0 => Style.Default,
                1 => With(Attributes.Bold),
                2 => With(Attributes.Dim),
                3 => With(Attributes.Italic),
                4 or 21 => With(Attributes.Underline),
                5 => With(Attributes.Blink),
                7 => With(Attributes.Inverse),
                8 => With(Attributes.Hidden),
                9 => With(Attributes.Strike),
                22 => Without(Attributes.Bold | Attributes.Dim),
                23 => Without(Attributes.Italic),
                24 => Without(Attributes.Underline),
                25 => Without(Attributes.Blink),
                27 => Without(Attributes.Inverse),
                28 => Without(Attributes.Hidden),
                29 => Without(Attributes.Strike),
                >= 30 and <= 37 => style with { Foreground = p - 30 },
                39 => style with { Foreground = -1 },
                >= 40 and <= 47 => style with { Background = p - 40 },
                49 => style with { Background = -1 },
                >= 90 and <= 97 => style with { Foreground = p - 90 + 8 },
                >= 100 and <= 107 => style with { Background = p - 100 + 8 },
                _ => style,
            };
        }

        return style;

        Style With(Attributes attribute) => style with { Attributes = style.Attributes | attribute };
        Style Without(Attributes attribute) => style with { Attributes = style.Attributes & ~attribute };
    }

    /// <summary>The parameters of the SGR sequence that gives this style from the default.</summary>
    public static string Sequence(Style style)
    {
        var text = new System.Text.StringBuilder("0");
        Span<int> codes = [1, 2, 3, 4, 5, 7, 8, 9];
        for (var bit = 0; bit < codes.Length; bit++)
        {
            if (((int)style.Attributes & (1 << bit)) != 0)
            {
                text.Append(';').Append(codes[bit]);
            }
        }

        Append(38, style.Foreground);
        Append(48, style.Background);
        return text.ToString();

        void Append(int kind, int colour)
        {
            if (colour >= 0x1000000)
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $";{kind};2;{(colour >> 16) & 255};{(colour >> 8) & 255};{colour & 255}");
            }
            else if (colour >= 0)
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $";{kind};5;{colour}");
            }
        }
    }

    // What follows 38 or 48: how many parameters belong to it, and the colour.
    private static int Colour(ReadOnlySpan<int> rest, out int? colour)
    {
        colour = null;
        switch (rest.Length > 0 ? rest[0] : 0)
        {
            case 5 when rest.Length >= 2:
                colour = Math.Clamp(rest[1], 0, 255);
                return 2;
            case 2 when rest.Length >= 4:
                colour = 0x1000000 | (Math.Clamp(rest[1], 0, 255) << 16) | (Math.Clamp(rest[2], 0, 255) << 8) | Math.Clamp(rest[3], 0, 255);
                return 4;
            default:
                return rest.Length;
        }
    }
}
