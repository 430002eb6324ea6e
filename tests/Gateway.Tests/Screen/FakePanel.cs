using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sallyport.Gateway.Screen.Rfb;

namespace Sallyport.Gateway.Tests.Screen;

/// <summary>A panel's VNC server as a script: what it says, and what it must hear. Its mistakes are on purpose.</summary>
internal sealed class FakePanel : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _serving;

    /// <param name="script">Runs once for each connection, which is closed after it.</param>
    /// <param name="together">Connections are served side by side; else one waits until the one before has ended.</param>
    public FakePanel(Func<Conversation, Task> script, bool together = false)
    {
        _listener.Start();
        _serving = together ? ServeTogetherAsync(script) : ServeAsync(script);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async Task<Stream> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        return client.GetStream();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        try
        {
            await _serving;
        }
        catch (Exception e) when (_end.IsCancellationRequested && e is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // Stopped.
        }

        _end.Dispose();
    }

    private async Task ServeAsync(Func<Conversation, Task> script)
    {
        while (true)
        {
            await ConverseAsync(await _listener.AcceptTcpClientAsync(_end.Token), script);
        }
    }

    private async Task ServeTogetherAsync(Func<Conversation, Task> script)
    {
        List<Task> conversations = [];
        try
        {
            while (true)
            {
                conversations.Add(ConverseAsync(await _listener.AcceptTcpClientAsync(_end.Token), script));
            }
        }
        finally
        {
            await Task.WhenAll(conversations);
        }
    }

    private async Task ConverseAsync(TcpClient connection, Func<Conversation, Task> script)
    {
        using var client = connection;
        try
        {
            var stream = client.GetStream();
            await script(new Conversation(stream, _end.Token));

            // What was not read must not reset the connection before the other side has read what was written.
            client.Client.Shutdown(SocketShutdown.Send);
            await stream.CopyToAsync(Stream.Null, _end.Token);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // The gateway hung up first.
        }
    }
}

/// <summary>One connection of a <see cref="FakePanel"/>.</summary>
internal sealed class Conversation(Stream stream, CancellationToken end)
{
    public Task SayAsync(params byte[] bytes) => stream.WriteAsync(bytes, end).AsTask();

    public Task SayAsync(string text) => SayAsync(Encoding.Latin1.GetBytes(text));

    public async Task<byte[]> HearAsync(int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, end);
        return bytes;
    }

    /// <summary>RFB 3.8 without security, up to the description of the screen.</summary>
    public async Task GreetAsync(int width = 64, int height = 48, PixelFormat? format = null, string name = "Panel")
    {
        await SayAsync("RFB 003.008\n");
        await HearAsync(12);
        await SayAsync(1, 1);
        await HearAsync(1);
        await SayAsync(0, 0, 0, 0);
        await DescribeAsync(width, height, format ?? PixelFormat.Bgrx, name);
    }

    /// <summary>ClientInit and ServerInit.</summary>
    public async Task DescribeAsync(int width, int height, PixelFormat format, string name)
    {
        await HearAsync(1);
        var bytes = new byte[PixelFormat.Length];
        format.Write(bytes);
        await SayAsync([.. Rfb.U16(width), .. Rfb.U16(height), .. bytes, .. Rfb.U32((uint)name.Length), .. Encoding.Latin1.GetBytes(name)]);
    }

    /// <summary>Messages until a request for an update.</summary>
    /// <param name="key">Told of each key: whether it is down.</param>
    /// <returns>The types of the others.</returns>
    public async Task<List<byte>> HearRequestAsync(Action<bool>? key = null)
    {
        List<byte> types = [];
        await HearUpdateRequestAsync(types, key);
        return types;
    }

    /// <summary>Messages until a request for an update. Returns whether it is for what has changed only, and for how wide an area.</summary>
    public async Task<(bool Incremental, int Width)> HearUpdateRequestAsync(List<byte>? types = null, Action<bool>? key = null)
    {
        while (true)
        {
            var type = (await HearAsync(1))[0];
            switch (type)
            {
                case 0:
                    await HearAsync(19);
                    break;
                case 2:
                    var head = await HearAsync(3);
                    await HearAsync(4 * BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(1)));
                    break;
                case 3:
                    var request = await HearAsync(9);
                    return (request[0] != 0, BinaryPrimitives.ReadUInt16BigEndian(request.AsSpan(5)));
                case 4:
                    key?.Invoke((await HearAsync(7))[0] != 0);
                    break;
                case 5:
                    await HearAsync(5);
                    break;
            }

            types?.Add(type);
        }
    }

    /// <summary>Nothing more is said, and everything is listened to.</summary>
    public Task ListenAsync() => stream.CopyToAsync(Stream.Null, end);
}

/// <summary>Bytes of RFB.</summary>
internal static class Rfb
{
    public static byte[] U16(int value) => [(byte)(value >> 8), (byte)value];

    public static byte[] U32(uint value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    public static byte[] Update(params byte[][] rectangles) => [0, 0, .. U16(rectangles.Length), .. rectangles.SelectMany(r => r)];

    public static byte[] Rectangle(int x, int y, int width, int height, int encoding, params byte[] data) =>
        [.. U16(x), .. U16(y), .. U16(width), .. U16(height), .. U32((uint)encoding), .. data];

    /// <summary>A zlib stream's beginning that can go on, with its length in front.</summary>
    public static byte[] Zlib(byte[] plain)
    {
        using var compressed = new MemoryStream();
        using var zlib = new System.IO.Compression.ZLibStream(compressed, System.IO.Compression.CompressionLevel.Fastest);
        zlib.Write(plain);
        zlib.Flush();
        return [.. U32((uint)compressed.Length), .. compressed.ToArray()];
    }
}
