using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sallyport.Gateway.Web.Trace;

/// <summary>
/// JSON with the values of secret members masked: those with a secret name, those beside a member that says such a name
/// (<c>{"name":"pin","value":1}</c>, <c>["pin",1]</c>), and texts that hold one.
/// </summary>
internal sealed class JsonMask(SecretNames names)
{
    public const string Masked = "***";

    // JSON in a text in JSON.
    private const int MaxDepth = 3;
    private const int MaxNaming = 64;

    /// <summary>Token by token, so that the part that was kept of a longer text can be masked too.</summary>
    /// <param name="whole">Nothing was cut off.</param>
    /// <returns>Null when it is no JSON.</returns>
    public string? Mask(ReadOnlySpan<byte> bytes, bool whole, out bool any) => Mask(bytes, whole, 0, out any);

    /// <summary>A text that was the value of something: as it is, or masked.</summary>
    public string Text(string text, ref bool any) => Text(text, 0, ref any);

    public bool SaysSecretName(string value) => value.Length <= MaxNaming && names.IsSecret(value);

    private string Text(string text, int depth, ref bool any)
    {
        var mentions = names.Mentions(text);
        if (!mentions && !text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        if (depth < MaxDepth && text.AsSpan().TrimStart() is ['{' or '[', ..] && Mask(Encoding.UTF8.GetBytes(text), whole: true, depth + 1, out var masked) is { } json && masked)
        {
            any = true;
            return json;
        }

        any |= mentions;
        return mentions ? Masked : text;
    }

    private string? Mask(ReadOnlySpan<byte> bytes, bool whole, int depth, out bool any)
    {
        any = false;
        var output = new ArrayBufferWriter<byte>(Math.Max(bytes.Length, 1));
        using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        try
        {
            var naming = Naming(Reader(bytes, whole));
            var reader = Reader(bytes, whole);
            var open = new Stack<Container>();
            for (var count = 0; reader.Read();)
            {
                if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
                {
                    open.TryPop(out _);
                    Copy(ref reader, writer);
                    continue;
                }

                var container = open.Count == 0 ? null : open.Peek();
                if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    var name = reader.GetString()!;
                    if (names.IsSecret(name) || (container?.IsNaming == true && !SecretNames.IsNaming(name)))
                    {
                        any = true;
                        writer.WriteString(name, Masked);
                        if (!reader.Read() || !Skip(ref reader, ref count))
                        {
                            break;
                        }
                    }
                    else
                    {
                        writer.WritePropertyName(Text(name, depth, ref any));
                    }

                    continue;
                }

                if (container is { IsArray: true, IsNaming: true } && container.Elements++ > 0)
                {
                    any = true;
                    writer.WriteStringValue(Masked);
                    if (!Skip(ref reader, ref count))
                    {
                        break;
                    }

                    continue;
                }

                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                {
                    open.Push(new Container(count, reader.TokenType == JsonTokenType.StartArray) { IsNaming = naming.Contains(count) });
                    count++;
                }

                if (reader.TokenType == JsonTokenType.String)
                {
                    writer.WriteStringValue(Text(reader.GetString()!, depth, ref any));
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

    // Which objects and arrays, counted as they begin, say a secret's name as a value: what is beside it may come first.
    private HashSet<int> Naming(Utf8JsonReader reader)
    {
        var naming = new HashSet<int>();
        var open = new Stack<Container>();
        for (var count = 0; reader.Read();)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    if (open.TryPop(out var ended) && ended is { IsArray: true, IsNaming: true, Elements: 2 })
                    {
                        naming.Add(ended.Number);
                    }

                    continue;
                case JsonTokenType.PropertyName:
                    open.Peek().IsNaming = SecretNames.IsNaming(reader.GetString()!);
                    continue;
            }

            if (open.TryPeek(out var container))
            {
                var says = reader.TokenType == JsonTokenType.String && (container.IsArray ? container.Elements == 0 : container.IsNaming) && SaysSecretName(reader.GetString()!);
                if (says && !container.IsArray)
                {
                    naming.Add(container.Number);
                }

                container.IsNaming = container.IsArray && (says || container.IsNaming);
                container.Elements++;
            }

            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                open.Push(new Container(count++, reader.TokenType == JsonTokenType.StartArray));
            }
        }

        // Cut off: nobody knows how they went on.
        naming.UnionWith(open.Where(c => c is { IsArray: true, IsNaming: true, Elements: <= 2 }).Select(c => c.Number));
        return naming;
    }

    private static Utf8JsonReader Reader(ReadOnlySpan<byte> bytes, bool whole) =>
        new(bytes, whole, new JsonReaderState(new JsonReaderOptions { AllowMultipleValues = true }));

    // As TrySkip, but counts what begins in it.
    private static bool Skip(ref Utf8JsonReader reader, ref int count)
    {
        var depth = 0;
        while (true)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    depth++;
                    count++;
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    depth--;
                    break;
            }

            if (depth == 0)
            {
                return true;
            }

            if (!reader.Read())
            {
                return false;
            }
        }
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
            default:
                writer.WriteRawValue(reader.ValueSpan, skipInputValidation: true);
                break;
        }
    }

    private sealed class Container(int number, bool isArray)
    {
        public int Number => number;

        public bool IsArray => isArray;

        // In the first pass of an object: its last member says a name.
        public bool IsNaming { get; set; }

        public int Elements { get; set; }
    }
}
