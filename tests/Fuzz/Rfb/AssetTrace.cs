using System.Buffers.Binary;
using System.IO.Compression;
using Sallyport.Gateway.Screen.Rfb;

namespace Sallyport.Fuzz.Rfb;

/// <summary>
/// What an asset could say from its greeting on: every version, way of signing in, pixel format and encoding. Most of it is right, so that
/// the parsers get far; here and there a number is not, also inside of what is compressed, where mutation does not reach.
/// </summary>
internal sealed class AssetTrace
{
    private const int Large = 96;

    private readonly Random _random;
    private readonly int _wrong;
    private readonly List<byte> _bytes = [];
    private readonly (MemoryStream Stream, ZLibStream Zlib)?[] _zlibs = new (MemoryStream, ZLibStream)?[6];
    private PixelFormat _format = PixelFormat.Bgrx;
    private int _width;
    private int _height;

    private AssetTrace(Random random)
    {
        _random = random;

        // A third of the traces is entirely right, so that they are known to be understood.
        _wrong = random.Next(3) == 0 ? 0 : 1 + random.Next(6);
    }

    /// <summary>Where messages and rectangles begin.</summary>
    public List<int> Places { get; } = [0];

    /// <summary>Nothing was made wrong on purpose.</summary>
    public bool IsRight { get; private set; } = true;

    public byte[] Bytes => [.. _bytes];

    public static AssetTrace Create(Random random)
    {
        var trace = new AssetTrace(random);
        trace.Greet();
        for (var messages = random.Next(8); messages > 0; messages--)
        {
            trace.Message();
        }

        foreach (var zlib in trace._zlibs)
        {
            zlib?.Zlib.Dispose();
        }

        return trace;
    }

    private void Greet()
    {
        (_width, _height) = (1 + _random.Next(Large), 1 + _random.Next(Large));
        _format = _random.Next(7) switch
        {
            0 => PixelFormat.Bgr233,
            1 => PixelFormat.Rgb565,
            2 => PixelFormat.Rgb565 with { BigEndian = true },
            3 => new PixelFormat(8, 8, false, false, 0, 0, 0, 0, 0, 0),
            4 => PixelFormat.Bgrx with { BigEndian = true },
            5 => new PixelFormat(32, 30, false, true, 1023, 1023, 1023, 20, 10, 0),
            _ => PixelFormat.Bgrx,
        };
        var minor = _random.Next(3) switch { 0 => 3, 1 => 7, _ => 8 };
        Add(System.Text.Encoding.ASCII.GetBytes($"RFB 003.00{minor}\n"));
        var tight = false;
        switch (_random.Next(minor == 3 ? 2 : 4))
        {
            case 0:
                Type(minor, 1);
                Add(minor == 8 ? U32(0) : []);
                break;
            case 1:
                Type(minor, 2);
                Add(new byte[16], U32(0));
                break;
            case 2:
                tight = true;
                Type(minor, 16);
                Add(U32(1), U32(1), "SICRSCHANNEL"u8.ToArray(), U32(0), minor == 8 ? U32(0) : []);
                break;
            default:
                // VeNCrypt, plain.
                Type(minor, 19);
                Add([0, 2, 0, 1], U32(256), U32(0));
                break;
        }

        var format = new byte[PixelFormat.Length];
        _format.Write(format);
        Add(U16(_width), U16(_height), format, U32(3), "HMI"u8.ToArray());
        if (tight)
        {
            Add(U16(1), U16(0), U16(0), U16(0), new byte[16]);
        }
    }

    private void Type(int minor, uint type) => Add(minor == 3 ? U32(type) : [2, (byte)type, 77]);

    private void Message()
    {
        Places.Add(_bytes.Count);
        switch (_random.Next(10))
        {
            case 0:
                Add([2]);
                break;
            case 1:
                Text();
                break;
            case 2:
                var count = _random.Next(20);
                Add([1, 0], U16(_random.Next(230)), U16(count), Noise(6 * count));
                break;
            default:
                Update();
                break;
        }
    }

    private void Text()
    {
        var text = Noise(_random.Next(300));
        if (_random.Next(2) == 0)
        {
            Add([3, 0, 0, 0], U32((uint)text.Length), text);
            return;
        }

        // Of the extended clipboard: capabilities, request, peek, notify, provide.
        var action = _random.Next(5);
        byte[] body = action switch
        {
            0 => [31, 0, 0, 1, .. U32(0)],
            4 => [16, 0, 0, 1, .. Deflated([.. U32((uint)text.Length), .. text])],
            _ => [(byte)(1 << action), 0, 0, (byte)_random.Next(2)],
        };
        Add([3, 0, 0, 0], U32(unchecked((uint)-body.Length)), body);
    }

    private void Update()
    {
        var count = _random.Next(5);
        var last = _random.Next(4) == 0;
        Add([0, 0], U16(last ? 65535 : count));
        for (; count > 0; count--)
        {
            Places.Add(_bytes.Count);
            Rectangle();
        }

        if (last)
        {
            Add(U16(0), U16(0), U16(0), U16(0), U32(unchecked((uint)RfbEncoding.LastRect)));
        }
    }

    private void Rectangle()
    {
        var (x, y) = (_random.Next(_width), _random.Next(_height));
        var (width, height) = (_random.Next(_width - x) + 1, _random.Next(_height - y) + 1);
        switch (_random.Next(13))
        {
            case 0:
                Head(x, y, width, height, RfbEncoding.Raw);
                Add(Pixels(width * height, _format.BytesPerPixel));
                break;
            case 1:
                Head(x, y, width, height, RfbEncoding.CopyRect);
                Add(U16(_random.Next(_width - width + 1)), U16(_random.Next(_height - height + 1)));
                break;
            case 2 or 3:
                var narrow = _random.Next(2) == 0;
                Head(x, y, width, height, narrow ? RfbEncoding.CoRre : RfbEncoding.Rre);
                Rre(width, height, narrow);
                break;
            case 4:
                Head(x, y, width, height, RfbEncoding.Hextile);
                Hextile(width, height);
                break;
            case 5:
                Head(x, y, width, height, RfbEncoding.Zlib);
                Add(Compressed(0, Pixels(width * height, _format.BytesPerPixel), compactLength: false));
                break;
            case 6 or 7:
                Head(x, y, width, height, RfbEncoding.Zrle);
                Zrle(width, height);
                break;
            case 8 or 9:
                Head(x, y, width, height, RfbEncoding.Tight);
                Tight(width, height);
                break;
            case 10:
                var (w, h) = (_random.Next(40), _random.Next(40));
                Head(_random.Next(40), _random.Next(40), w, h, RfbEncoding.Cursor);
                Add(Noise(w * h * _format.BytesPerPixel), Noise((w + 7) / 8 * h));
                break;
            case 11:
                (_width, _height) = (1 + _random.Next(Large), 1 + _random.Next(Large));
                Head(0, 0, _width, _height, RfbEncoding.DesktopSize);
                break;
            default:
                Head(0, 0, _width, _height, RfbEncoding.ExtendedDesktopSize);
                Add([1, 0, 0, 0], Noise(16));
                break;
        }
    }

    private void Rre(int width, int height, bool narrow)
    {
        var count = _random.Next(4);
        Add(U32((uint)count), Noise(_format.BytesPerPixel));
        for (; count > 0; count--)
        {
            var (x, y) = (_random.Next(width), _random.Next(height));
            var (w, h) = (_random.Next(width - x + 1), _random.Next(height - y + 1));
            Add(Noise(_format.BytesPerPixel), narrow ? [(byte)x, (byte)y, (byte)w, (byte)h] : [.. U16(x), .. U16(y), .. U16(w), .. U16(h)]);
        }
    }

    private void Hextile(int width, int height)
    {
        for (var y = 0; y < height; y += 16)
        {
            for (var x = 0; x < width; x += 16)
            {
                var (w, h, kind) = (Math.Min(16, width - x), Math.Min(16, height - y), _random.Next(32));
                Add([Odd((byte)kind)]);
                if ((kind & 1) != 0)
                {
                    Add(Noise(w * h * _format.BytesPerPixel));
                    continue;
                }

                Add((kind & 2) != 0 ? Noise(_format.BytesPerPixel) : [], (kind & 4) != 0 ? Noise(_format.BytesPerPixel) : []);
                if ((kind & 8) != 0)
                {
                    var count = _random.Next(9);
                    Add([(byte)count]);
                    for (; count > 0; count--)
                    {
                        var (left, top) = (_random.Next(w), _random.Next(h));
                        Add((kind & 16) != 0 ? Noise(_format.BytesPerPixel) : [], [(byte)((left << 4) | top), (byte)((_random.Next(w - left) << 4) | _random.Next(h - top))]);
                    }
                }
            }
        }
    }

    private void Zrle(int width, int height)
    {
        var (plain, size) = (new List<byte>(), _format.IsCompact ? 3 : _format.BytesPerPixel);
        for (var y = 0; y < height; y += 64)
        {
            for (var x = 0; x < width; x += 64)
            {
                var (w, h) = (Math.Min(64, width - x), Math.Min(64, height - y));
                var colours = 2 + _random.Next(15);
                switch (_random.Next(5))
                {
                    case 0:
                        plain.AddRange([Odd(0), .. Pixels(w * h, size)]);
                        break;
                    case 1:
                        plain.AddRange([Odd(1), .. Noise(size)]);
                        break;
                    case 2:
                        colours = colours switch { 3 => 4, > 4 => 16, _ => colours };
                        plain.AddRange([Odd((byte)colours), .. Noise(colours * size), .. Noise(((w * (colours == 2 ? 1 : colours == 4 ? 2 : 4)) + 7) / 8 * h)]);
                        break;
                    case 3:
                        plain.Add(Odd(128));
                        Runs(plain, w * h, () => Noise(size));
                        break;
                    default:
                        plain.AddRange([Odd((byte)(128 + colours)), .. Noise(colours * size)]);
                        Runs(plain, w * h, () => [(byte)(_random.Next(colours) | 128)]);
                        break;
                }
            }
        }

        Add(Compressed(1, [.. plain], compactLength: false));
    }

    private void Runs(List<byte> plain, int left, Func<byte[]> pixel)
    {
        while (left > 0)
        {
            var run = 1 + _random.Next(Math.Min(left, 1 << _random.Next(13)));
            left -= run;
            plain.AddRange([.. pixel(), .. Enumerable.Repeat((byte)255, (run - 1) / 255), Odd((byte)((run - 1) % 255))]);
        }
    }

    private void Tight(int width, int height)
    {
        var size = _format.IsTight ? 3 : _format.BytesPerPixel;
        var stream = _random.Next(4);
        switch (_random.Next(4))
        {
            case 0:
                Add([0x80], Noise(size));
                break;
            case 1:
                Add([Reset(stream, stream << 4)]);
                TightData(stream, Pixels(width * height, size));
                break;
            case 2 when _format.IsTight:
                Add([Reset(stream, (stream | 4) << 4), 2]);
                TightData(stream, Noise(width * height * size));
                break;
            default:
                var colours = 2 + _random.Next(_random.Next(2) == 0 ? 1 : 255);
                Add([Reset(stream, (stream | 4) << 4), 1, Odd((byte)(colours - 1))], Noise(colours * size));
                TightData(stream, colours == 2 ? Noise((width + 7) / 8 * height) : [.. Enumerable.Range(0, width * height).Select(_ => (byte)_random.Next(colours))]);
                break;
        }
    }

    private byte Reset(int stream, int control)
    {
        if (_random.Next(5) != 0)
        {
            return (byte)control;
        }

        _zlibs[2 + stream]?.Zlib.Dispose();
        _zlibs[2 + stream] = null;
        return (byte)(control | (1 << stream));
    }

    private void TightData(int stream, byte[] plain) => Add(plain.Length < 12 ? plain : Compressed(2 + stream, plain, compactLength: true));

    private static byte[] Deflated(byte[] plain)
    {
        using var target = new MemoryStream();
        using (var zlib = new ZLibStream(target, CompressionLevel.Fastest))
        {
            zlib.Write(plain);
        }

        return target.ToArray();
    }

    private byte[] Compressed(int stream, byte[] plain, bool compactLength)
    {
        if (Wrong())
        {
            plain = _random.Next(3) switch
            {
                0 => plain[..^1],
                1 => [.. plain, 0],
                _ => [.. plain, .. new byte[_random.Next(10_000_000)]],
            };
        }

        if (_zlibs[stream] is not { } zlib)
        {
            var target = new MemoryStream();
            _zlibs[stream] = zlib = (target, new ZLibStream(target, CompressionLevel.Fastest, leaveOpen: true));
        }

        zlib.Stream.SetLength(0);
        zlib.Zlib.Write(plain);
        zlib.Zlib.Flush();
        var data = zlib.Stream.ToArray();
        return compactLength
            ? [(byte)(data.Length & 127 | 128), (byte)(data.Length >> 7 & 127 | 128), (byte)(data.Length >> 14), .. data]
            : [.. U32((uint)data.Length), .. data];
    }

    private void Head(int x, int y, int width, int height, int encoding) => Add(U16(x), U16(y), U16(width), U16(height), U32((uint)encoding));

    // Some noise, some of one colour.
    private byte[] Pixels(int count, int size) => _random.Next(2) == 0 ? Noise(count * size) : new byte[count * size];

    private byte[] Noise(int count)
    {
        var noise = new byte[count];
        _random.NextBytes(noise);
        return noise;
    }

    private void Add(params byte[][] parts)
    {
        foreach (var part in parts)
        {
            _bytes.AddRange(part);
        }
    }

    private byte[] U16(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, Wrong() ? (ushort)_random.Next(65536) : (ushort)value);
        return bytes;
    }

    private byte[] U32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, Wrong() ? (uint)_random.NextInt64(uint.MaxValue) : value);
        return bytes;
    }

    private byte Odd(byte value) => Wrong() ? (byte)_random.Next(256) : value;

    // Few of the numbers of a trace.
    private bool Wrong()
    {
        if (_random.Next(1000) >= _wrong)
        {
            return false;
        }

        IsRight = false;
        return true;
    }
}
