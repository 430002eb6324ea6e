using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Sallyport.Benchmarks.Screen;

/// <param name="Bytes">As they came, with the update's head.</param>
/// <param name="Marked">It repaints the pixel at the top left, which the programs here change once for each of their pictures.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ScreenUpdate(long Bytes, bool Marked);

/// <summary>
/// A browser's RFB client without a browser (RFC 6143): asks as noVNC does, with fences and continuous updates, for ZRLE, which both sides
/// can give. It looks at each rectangle's place and passes over its pixels.
/// </summary>
internal sealed class ScreenClient : IDisposable
{
    private const int Raw = 0;
    private const int CopyRect = 1;
    private const int Zrle = 16;
    private const int DesktopSize = -223;
    private const int LastRect = -224;
    private const int Cursor = -239;
    private const int ExtendedDesktopSize = -308;
    private const int FenceEncoding = -312;
    private const int ContinuousUpdates = -313;
    private const int BytesPerPixel = 4;

    private static readonly int[] Encodings = [Zrle, CopyRect, Raw, Cursor, DesktopSize, LastRect, ExtendedDesktopSize, FenceEncoding, ContinuousUpdates];

    private readonly ScreenLink _link;
    private readonly byte[] _buffer = new byte[256 * 1024];
    private int _start;
    private int _end;
    private int _width;
    private int _height;

    private ScreenClient(ScreenLink link) => _link = link;

    /// <summary>Bytes of RFB since the beginning.</summary>
    public long Received { get; private set; }

    /// <summary>Greets, and asks for the picture and whatever changes in it.</summary>
    public static async Task<ScreenClient> StartAsync(ScreenLink link, CancellationToken cancellationToken)
    {
        var client = new ScreenClient(link);
        await client.TakeAsync(12, cancellationToken);
        await link.SendAsync("RFB 003.008\n"u8.ToArray(), cancellationToken);
        var types = (await client.TakeAsync(1, cancellationToken)).Span[0];
        await client.TakeAsync(types, cancellationToken);
        await link.SendAsync([1], cancellationToken);
        await client.TakeAsync(4, cancellationToken);
        await link.SendAsync([1], cancellationToken);
        var server = await client.TakeAsync(24, cancellationToken);
        (client._width, client._height) = (BinaryPrimitives.ReadUInt16BigEndian(server.Span), BinaryPrimitives.ReadUInt16BigEndian(server.Span[2..]));
        await client.TakeAsync(BinaryPrimitives.ReadInt32BigEndian(server.Span[20..]), cancellationToken);

        // SetPixelFormat: 32 bits, depth 24, little-endian, true colour.
        await link.SendAsync([0, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0], cancellationToken);
        var encodings = new byte[4 + (4 * Encodings.Length)];
        (encodings[0], encodings[3]) = (2, (byte)Encodings.Length);
        for (var i = 0; i < Encodings.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(encodings.AsSpan(4 + (4 * i)), Encodings[i]);
        }

        await link.SendAsync(encodings, cancellationToken);
        await link.SendAsync(client.Area([3, 0]), cancellationToken);
        return client;
    }

    /// <summary>The next update that changes pixels.</summary>
    public async ValueTask<ScreenUpdate> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var before = Received - (_end - _start);
            switch ((await TakeAsync(1, cancellationToken)).Span[0])
            {
                case 0:
                    var marked = await ReadUpdateAsync(cancellationToken);
                    if (marked is { } touches)
                    {
                        return new ScreenUpdate(Received - (_end - _start) - before, touches);
                    }

                    break;
                case 2:
                    break;
                case 3:
                    await TakeAsync(3, cancellationToken);
                    await SkipAsync(BinaryPrimitives.ReadUInt32BigEndian((await TakeAsync(4, cancellationToken)).Span), cancellationToken);
                    break;
                case 150:
                    // The server knows them: so they are wanted.
                    await _link.SendAsync(Area([150, 1]), cancellationToken);
                    break;
                case 248:
                    await AnswerFenceAsync(cancellationToken);
                    break;
                case var unknown:
                    throw new InvalidOperationException($"A message of type {unknown}.");
            }
        }
    }

    public Task PointAsync(byte buttons, int x, int y, CancellationToken cancellationToken) =>
        _link.SendAsync([5, buttons, (byte)(x >> 8), (byte)x, (byte)(y >> 8), (byte)y], cancellationToken);

    public Task EndAsync(CancellationToken cancellationToken) => _link.EndAsync(cancellationToken);

    public void Dispose() => _link.Dispose();

    // Null: nothing that is a picture.
    private async ValueTask<bool?> ReadUpdateAsync(CancellationToken cancellationToken)
    {
        bool? marked = null;
        await TakeAsync(1, cancellationToken);
        var count = BinaryPrimitives.ReadUInt16BigEndian((await TakeAsync(2, cancellationToken)).Span);
        for (var i = 0; i < count; i++)
        {
            var (x, y, width, height, encoding) = Rectangle((await TakeAsync(12, cancellationToken)).Span);
            switch (encoding)
            {
                case Raw:
                    await SkipAsync((long)width * height * BytesPerPixel, cancellationToken);
                    break;
                case CopyRect:
                    await SkipAsync(4, cancellationToken);
                    break;
                case Zrle:
                    await SkipAsync(BinaryPrimitives.ReadUInt32BigEndian((await TakeAsync(4, cancellationToken)).Span), cancellationToken);
                    break;
                case Cursor:
                    await SkipAsync((width * height * BytesPerPixel) + ((width + 7) / 8 * height), cancellationToken);
                    continue;
                case ExtendedDesktopSize:
                    await SkipAsync(3 + (16L * (await TakeAsync(1, cancellationToken)).Span[0]), cancellationToken);
                    continue;
                case DesktopSize:
                    continue;
                case LastRect:
                    return marked;
                default:
                    throw new InvalidOperationException($"Encoding {encoding} was not asked for.");
            }

            marked = marked is true || (x == 0 && y == 0);
        }

        return marked;

        static (int, int, int, int, int) Rectangle(ReadOnlySpan<byte> head) => (
            BinaryPrimitives.ReadUInt16BigEndian(head),
            BinaryPrimitives.ReadUInt16BigEndian(head[2..]),
            BinaryPrimitives.ReadUInt16BigEndian(head[4..]),
            BinaryPrimitives.ReadUInt16BigEndian(head[6..]),
            BinaryPrimitives.ReadInt32BigEndian(head[8..]));
    }

    private async ValueTask AnswerFenceAsync(CancellationToken cancellationToken)
    {
        await TakeAsync(3, cancellationToken);
        var flags = BinaryPrimitives.ReadUInt32BigEndian((await TakeAsync(4, cancellationToken)).Span);
        var length = (await TakeAsync(1, cancellationToken)).Span[0];
        var payload = (await TakeAsync(length, cancellationToken)).ToArray();
        if (flags >> 31 == 0)
        {
            return;
        }

        var answer = new byte[9 + length];
        answer[0] = 248;
        BinaryPrimitives.WriteUInt32BigEndian(answer.AsSpan(4), flags & 3);
        answer[8] = length;
        payload.CopyTo(answer, 9);
        await _link.SendAsync(answer, cancellationToken);
    }

    // A message about the whole screen.
    private byte[] Area(byte[] head) => [.. head, 0, 0, 0, 0, (byte)(_width >> 8), (byte)_width, (byte)(_height >> 8), (byte)_height];

    // Valid until the next call.
    private async ValueTask<ReadOnlyMemory<byte>> TakeAsync(int count, CancellationToken cancellationToken)
    {
        if (_buffer.Length - _start < count || _start == _end)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        while (_end - _start < count)
        {
            await FillAsync(cancellationToken);
        }

        _start += count;
        return _buffer.AsMemory(_start - count, count);
    }

    private async ValueTask SkipAsync(long count, CancellationToken cancellationToken)
    {
        while (count > _end - _start)
        {
            count -= _end - _start;
            (_start, _end) = (0, 0);
            await FillAsync(cancellationToken);
        }

        _start += (int)count;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        var read = await _link.ReceiveAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        Received += read;
    }
}
