using System.Text;

namespace Sallyport.Benchmarks.Web;

/// <summary>What the asset serves: values as JSON and a script, which a gateway has to look through for the asset's own address, and a picture.</summary>
internal static class AssetFiles
{
    public const string Values = "/values.json";
    public const string Script = "/panel.js";
    public const string Picture = "/mimic.png";

    private const int Kilobyte = 1000;

    public static async Task WriteAsync(string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var random = new Random(1);
        var values = Repeat("[", i => $"{{\"tag\":\"unit{i % 7}.level\",\"value\":{random.NextDouble():0.000},\"good\":true}},", Kilobyte - 2) + "0]";
        await File.WriteAllTextAsync(folder + Values, values, cancellationToken);
        var script = Repeat("\"use strict\";\n", i => $"function draw{i}(c, v) {{ c.fillRect({random.Next(800)}, {random.Next(600)}, v * {random.Next(90)}, 12); return c; }}\n", 100 * Kilobyte);
        await File.WriteAllTextAsync(folder + Script, script, cancellationToken);
        var picture = new byte[100 * Kilobyte];
        random.NextBytes(picture);
        await File.WriteAllBytesAsync(folder + Picture, picture, cancellationToken);
    }

    private static string Repeat(string head, Func<int, string> line, int length)
    {
        var text = new StringBuilder(head);
        for (var i = 0; text.Length < length; i++)
        {
            text.Append(line(i));
        }

        text.Length = length;
        return text.ToString();
    }
}
