using Sallyport.Gateway.Screen.Rfb;
using Sallyport.Gateway.Screen.Rfb.Asset;

namespace Sallyport.Gateway.Tests.Screen;

/// <summary>Each kind of nonsense that an asset can send ends in a failure that says what it was. (The fuzzer measures time and memory.)</summary>
public sealed class NonsenseTests
{
    public static TheoryData<string, byte[], RfbFailureKind, string> Greetings => new()
    {
        { "nothing", [], RfbFailureKind.Closed, "before it said a word" },
        { "half a greeting", "RFB 003"u8.ToArray(), RfbFailureKind.NotRfb, "no VNC server" },
        { "a web server", "HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), RfbFailureKind.NotRfb, "HTTP/1.1 400" },
        { "an SSH server", "SSH-2.0-OpenSSH_9.2p1\r\n"u8.ToArray(), RfbFailureKind.NotRfb, "SSH-2.0" },
        { "version 2", "RFB 002.002\n"u8.ToArray(), RfbFailureKind.NotRfb, "RFB 002.002" },
        { "a repeater", "RFB 000.000\n"u8.ToArray(), RfbFailureKind.NotRfb, "RFB 000.000" },
        { "an unknown security type", [.. "RFB 003.008\n"u8, 2, 77, 30], RfbFailureKind.SecurityUnsupported, "type 77, Apple Remote Desktop" },
        { "an unknown dictated type", [.. "RFB 003.003\n"u8, 0, 0, 1, 0], RfbFailureKind.SecurityUnsupported, "type 256" },
        { "a refusal that is cut off", [.. "RFB 003.008\n"u8, 0, 0, 0, 1, 0, .. "Go awa"u8], RfbFailureKind.Refused, "\"Go awa\"" },
        { "a refusal of 4 GiB", [.. "RFB 003.008\n"u8, 0, 255, 255, 255, 255, .. Enumerable.Repeat((byte)'x', 100_000)], RfbFailureKind.Refused, "xxx…" },
        { "a refusal without a reason", [.. "RFB 003.008\n"u8, 0], RfbFailureKind.Refused, "no reason" },
        { "a bad security result", [.. "RFB 003.008\n"u8, 1, 1, 0, 0, 0, 9, 0, 0, 0, 2, .. "no"u8], RfbFailureKind.Refused, "\"no\"" },
        { "a list that is cut off", [.. "RFB 003.008\n"u8, 5, 1], RfbFailureKind.Closed, "the list of security types" },
        { "a billion tunnels", [.. "RFB 003.008\n"u8, 1, 16, 64, 0, 0, 0], RfbFailureKind.Malformed, "Tight extensions" },
        { "VeNCrypt 0.1", [.. "RFB 003.008\n"u8, 1, 19, 0, 1], RfbFailureKind.SecurityUnsupported, "VeNCrypt 0.1" },
        { "VeNCrypt without a type", [.. "RFB 003.008\n"u8, 1, 19, 0, 2, 0, 0], RfbFailureKind.SecurityUnsupported, "VeNCrypt" },
        { "VeNCrypt that cannot begin", [.. "RFB 003.008\n"u8, 1, 19, 0, 2, 0, 1, 0, 0, 1, 1, 0], RfbFailureKind.TlsFailed, "certificate" },
        { "TLS that is none", [.. "RFB 003.008\n"u8, 1, 19, 0, 2, 0, 1, 0, 0, 1, 1, 1, .. new byte[100]], RfbFailureKind.Malformed, "TLS should begin" },
        { "a giant screen", Screen(65535, 65535), RfbFailureKind.Malformed, "65535 × 65535" },
        { "a wide screen", Screen(8193, 1), RfbFailureKind.Malformed, "8193 × 1" },
        { "no screen", Screen(0, 0), RfbFailureKind.Malformed, "0 × 0" },
        { "pixels of 24 bits", Screen(64, 48, 24), RfbFailureKind.Malformed, "24 bits" },
        { "colours beyond the pixel", Screen(64, 48, 8, shift: 77), RfbFailureKind.Malformed, "beyond the pixel" },
        { "a giant name", Screen(64, 48, nameLength: 0x40000000), RfbFailureKind.Malformed, "a name of 1073741824 bytes" },
        { "a name that is cut off", Screen(64, 48, nameLength: 100), RfbFailureKind.Closed, "description of the screen" },
    };

    public static TheoryData<string, byte[], RfbFailureKind, string> Messages => new()
    {
        { "an unknown message", [99], RfbFailureKind.Malformed, "type 99" },
        { "an update that is cut off", [0, 0, 0, 2, 0, 0], RfbFailureKind.Closed, "an update of the screen" },
        { "a rectangle outside", Rfb.Update(Rfb.Rectangle(60, 0, 10, 1, 0)), RfbFailureKind.Malformed, "10 × 1 at 60, 0" },
        { "an unknown encoding", Rfb.Update(Rfb.Rectangle(0, 0, 8, 8, 1234)), RfbFailureKind.Unsupported, "encoding 1234" },
        { "a copy from outside", Rfb.Update(Rfb.Rectangle(0, 0, 8, 8, RfbEncoding.CopyRect, 0, 60, 0, 0)), RfbFailureKind.Malformed, "copied from 60, 0" },
        { "an RRE part outside", Rfb.Update(Rfb.Rectangle(0, 0, 8, 8, RfbEncoding.Rre, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 8, 0, 8)), RfbFailureKind.Malformed, "RRE subrectangle" },
        { "an RRE that paints over and over", Rfb.Update(Rfb.Rectangle(0, 0, 8, 8, RfbEncoding.Rre, [255, 255, 255, 255, 0, 0, 0, 0, .. Repeat([0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 8], 9)])), RfbFailureKind.Malformed, "more than 4 times" },
        { "an RRE of empty parts", Rfb.Update(Rfb.Rectangle(0, 0, 8, 8, RfbEncoding.Rre, [255, 255, 255, 255, 0, 0, 0, 0, .. Repeat(new byte[12], 300)])), RfbFailureKind.Malformed, "more than 4 times" },
        { "a Hextile part outside", Rfb.Update(Rfb.Rectangle(0, 0, 8, 8, RfbEncoding.Hextile, 8, 1, 0x44, 0x77)), RfbFailureKind.Malformed, "Hextile" },
        { "zlib garbage", Rfb.Update(Rfb.Rectangle(0, 0, 8, 8, RfbEncoding.Zrle, [0, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8])), RfbFailureKind.Malformed, "no zlib data" },
        { "a zlib bomb", Rfb.Update(Rfb.Rectangle(0, 0, 8, 8, RfbEncoding.Zlib, Rfb.Zlib(new byte[50_000_000]))), RfbFailureKind.Malformed, "more than their rectangle" },
        { "a ZRLE bomb", Rfb.Update(Rfb.Rectangle(0, 0, 8, 8, RfbEncoding.Zrle, Rfb.Zlib(new byte[50_000_000]))), RfbFailureKind.Malformed, "more than their rectangle" },
        { "a Tight bomb", Rfb.Update(Rfb.Rectangle(0, 0, 8, 8, RfbEncoding.Tight, [0, .. Compact(Rfb.Zlib(new byte[1_000_000]))])), RfbFailureKind.Malformed, "more than their rectangle" },
        { "too few pixels", Rfb.Update(Rfb.Rectangle(0, 0, 8, 8, RfbEncoding.Zlib, Rfb.Zlib(new byte[100]))), RfbFailureKind.Malformed, "before their rectangle is full" },
        { "4 GiB of zlib", Rfb.Update(Rfb.Rectangle(0, 0, 8, 8, RfbEncoding.Zlib, [255, 255, 255, 255, .. Rfb.Zlib(new byte[256])[4..]])), RfbFailureKind.Closed, "an update" },
        { "a ZRLE type that is not in use", Zrle(17), RfbFailureKind.Malformed, "tile type 17" },
        { "a ZRLE run that is too long", Zrle(128, 0, 0, 0, 64), RfbFailureKind.Malformed, "longer than its tile" },
        { "a ZRLE run without an end", Zrle([128, 0, 0, 0, .. Enumerable.Repeat((byte)255, 70_000)]), RfbFailureKind.Malformed, "longer than its tile" },
        { "a colour outside a packed ZRLE palette", Zrle([3, .. new byte[9], .. Enumerable.Repeat((byte)0xFF, 16)]), RfbFailureKind.Malformed, "colour 3 of a ZRLE palette of 3" },
        { "a colour outside a ZRLE palette", Zrle(130, 0, 0, 0, 1, 1, 1, 5), RfbFailureKind.Malformed, "colour 5 of a ZRLE palette of 2" },
        { "a colour outside a Tight palette", Rfb.Update(Rfb.Rectangle(0, 0, 8, 8, RfbEncoding.Tight, [0x40, 1, 2, .. new byte[9], .. Compact(Rfb.Zlib([.. Enumerable.Repeat((byte)9, 64)]))])), RfbFailureKind.Malformed, "colour 9 of a Tight palette of 3" },
        { "JPEG that was not asked for", Rfb.Update(Rfb.Rectangle(0, 0, 8, 8, RfbEncoding.Tight, 0x90, 1, 0)), RfbFailureKind.Unsupported, "JPEG" },
        { "a Tight type that is not in use", Rfb.Update(Rfb.Rectangle(0, 0, 8, 8, RfbEncoding.Tight, 0xB0)), RfbFailureKind.Malformed, "type 11" },
        { "a Tight filter that is not in use", Rfb.Update(Rfb.Rectangle(0, 0, 8, 8, RfbEncoding.Tight, 0x40, 3)), RfbFailureKind.Malformed, "filter 3" },
        { "a giant cursor", Rfb.Update(Rfb.Rectangle(0, 0, 513, 1, RfbEncoding.Cursor)), RfbFailureKind.Malformed, "cursor of 513" },
        { "a giant new size", Rfb.Update(Rfb.Rectangle(0, 0, 20_000, 20_000, RfbEncoding.DesktopSize)), RfbFailureKind.Malformed, "20000 × 20000" },
        { "size after size", Rfb.Update([.. Enumerable.Range(1, 9).Select(i => Rfb.Rectangle(0, 0, i, i, RfbEncoding.DesktopSize))]), RfbFailureKind.Malformed, "more than 4 times" },
        { "the whole screen painted over and over", Rfb.Update([.. Enumerable.Repeat(Rfb.Rectangle(0, 0, 64, 48, RfbEncoding.Tight, 0x80, 1, 2, 3), 100)]), RfbFailureKind.Malformed, "more than 64 times" },
        { "a giant clipboard", [3, 0, 0, 0, 0x7F, 255, 255, 255], RfbFailureKind.Malformed, "a clipboard of 2147483647 bytes" },
        { "a giant extended clipboard", [3, 0, 0, 0, 0x80, 0, 0, 0, 16, 0, 0, 1], RfbFailureKind.Malformed, "a clipboard of 2147483648 bytes" },
        { "an extended clipboard without its flags", [3, 0, 0, 0, 255, 255, 255, 254, 16, 0], RfbFailureKind.Malformed, "an extended clipboard of 2 bytes" },
        { "a clipboard bomb", ClipboardOf([.. Rfb.U32(50_000_000), .. new byte[50_000_000]]), RfbFailureKind.Malformed, "a clipboard of 50000000 bytes" },
        { "a clipboard that ends early", ClipboardOf([.. Rfb.U32(1000), .. new byte[10]]), RfbFailureKind.Malformed, "ends early" },
        { "a clipboard of garbage", [3, 0, 0, 0, 255, 255, 255, 248, 16, 0, 0, 1, 1, 2, 3, 4], RfbFailureKind.Malformed, "no zlib data" },
        { "colours beyond the map", [1, 0, 0, 250, 0, 10], RfbFailureKind.Malformed, "250 to 259" },
        { "rectangles without end", [0, 0, 255, 255, .. Repeat(Rfb.Rectangle(0, 0, 0, 0, RfbEncoding.Raw), 65_536)], RfbFailureKind.Malformed, "more than 65535 rectangles" },
    };

    [Theory]
    [MemberData(nameof(Greetings))]
    public async Task Instead_of_a_greeting(string name, byte[] bytes, RfbFailureKind kind, string message)
    {
        await using var panel = new FakePanel(c => c.SayAsync(bytes));
        var stream = await panel.ConnectAsync();

        var failure = (await Assert.ThrowsAsync<RfbFailureException>(() => RfbClient.ConnectAsync(stream, new RfbClientOptions(), TimeProvider.System, CancellationToken.None))).Failure;

        Assert.Equal((name, kind), (name, failure.Kind));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public async Task Instead_of_an_update(string name, byte[] bytes, RfbFailureKind kind, string message)
    {
        await using var panel = new FakePanel(async c =>
        {
            await c.GreetAsync();
            await c.SayAsync(bytes);
        });
        await using var client = await RfbClient.ConnectAsync(await panel.ConnectAsync(), new RfbClientOptions(), TimeProvider.System, CancellationToken.None);

        var failure = (await Assert.ThrowsAsync<RfbFailureException>(async () =>
        {
            while (true)
            {
                await client.ReadAsync(CancellationToken.None);
            }
        })).Failure;

        Assert.Equal((name, kind), (name, failure.Kind));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    private static byte[] Screen(int width, int height, byte bits = 32, byte shift = 0, uint nameLength = 0) =>
        [.. "RFB 003.008\n"u8, 1, 1, 0, 0, 0, 0, .. Rfb.U16(width), .. Rfb.U16(height), bits, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, shift, 0, 0, 0, .. Rfb.U32(nameLength)];

    private static byte[] Zrle(params byte[] tile) => Rfb.Update(Rfb.Rectangle(0, 0, 8, 8, RfbEncoding.Zrle, Rfb.Zlib(tile)));

    // The extended clipboard provides a text.
    private static byte[] ClipboardOf(byte[] plain)
    {
        byte[] body = [16, 0, 0, 1, .. Rfb.Zlib(plain)[4..]];
        return [3, 0, 0, 0, .. Rfb.U32(unchecked((uint)-body.Length)), .. body];
    }

    private static byte[] Repeat(byte[] bytes, int times) => [.. Enumerable.Repeat(bytes, times).SelectMany(b => b)];

    // Tight writes lengths in one to three bytes.
    private static byte[] Compact(byte[] withLength)
    {
        var length = withLength.Length - 4;
        return [(byte)(length & 127 | 128), (byte)(length >> 7 & 127 | 128), (byte)(length >> 14), .. withLength[4..]];
    }
}
