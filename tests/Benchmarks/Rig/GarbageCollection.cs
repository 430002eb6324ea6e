using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Sallyport.Benchmarks.Rig;

/// <summary>
/// Has another .NET process collect all its garbage: the runtime does so when a trace with the keyword GCHeapCollect
/// begins (.NET's diagnostic IPC protocol, command CollectTracing2; docs.microsoft: "Well-known event providers").
/// </summary>
internal static class GarbageCollection
{
    private const byte EventPipeCommandSet = 0x02;
    private const byte CollectTracing2 = 0x03;
    private const ulong GcHeapCollect = 0x800000;
    private const uint Informational = 4;
    private const uint BufferMegabytes = 1;
    private const uint NetTraceFormat = 1;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(1);

    public static async Task ForceAsync(int processId, CancellationToken cancellationToken)
    {
        var path = Directory.GetFiles(Path.GetTempPath(), $"dotnet-diagnostic-{processId}-*-socket").Single();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        await socket.SendAsync(Request(), cancellationToken);

        // The trace itself is of no interest; it must be read, or the runtime would wait. Closing the socket ends it.
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        enough.CancelAfter(Duration);
        var buffer = new byte[64 * 1024];
        try
        {
            while (await socket.ReceiveAsync(buffer, enough.Token) > 0)
            {
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }
    }

    private static byte[] Request()
    {
        using var payload = new MemoryStream();
        using var writer = new BinaryWriter(payload, Encoding.Unicode);
        writer.Write(BufferMegabytes);
        writer.Write(NetTraceFormat);
        writer.Write(false); // no rundown
        writer.Write(1u); // one provider
        writer.Write(GcHeapCollect);
        writer.Write(Informational);
        Text("Microsoft-Windows-DotNETRuntime");
        Text(null);
        var body = payload.ToArray();

        var message = new byte[20 + body.Length];
        "DOTNET_IPC_V1\0"u8.CopyTo(message);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(14), (ushort)message.Length);
        message[16] = EventPipeCommandSet;
        message[17] = CollectTracing2;
        body.CopyTo(message, 20);
        return message;

        // Length in characters with the closing zero, then UTF-16; nothing: length 0.
        void Text(string? text)
        {
            writer.Write(text is null ? 0u : (uint)text.Length + 1);
            if (text is not null)
            {
                writer.Write(Encoding.Unicode.GetBytes(text + '\0'));
            }
        }
    }
}
