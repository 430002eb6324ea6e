using System.Runtime.InteropServices;

namespace Sallyport.Gateway.Terminal.Ssh;

/// <summary>poll(2) and eventfd(2): how an SSH session's own thread sleeps until there is something to do; and setsockopt(2).</summary>
internal static partial class LibC
{
    public const short In = 1;
    public const short Out = 4;

    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int Tcp = 6;
    private const int QuickAck = 12;

    public static SafeFileDescriptor NewEvent() => EventFd(0, NonBlocking | CloseOnExec);

    /// <summary>Acknowledges now what was received, not with the next packet or after 40 ms (tcp(7), TCP_QUICKACK).</summary>
    public static void AcknowledgeNow(int socket) => _ = SetSocketOption(socket, Tcp, QuickAck, 1, sizeof(int));

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(Span<PollFd> descriptors, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileDescriptor descriptor, in ulong value, nuint count);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeFileDescriptor descriptor, out ulong value, nuint count);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(nint descriptor);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    private static partial int SetSocketOption(int socket, int level, int option, in int value, uint length);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial SafeFileDescriptor EventFd(uint initial, int flags);
}

[StructLayout(LayoutKind.Sequential)]
internal struct PollFd
{
    public int Descriptor;
    public short Events;
    public short Returned;
}

internal sealed class SafeFileDescriptor() : SafeHandle(-1, ownsHandle: true)
{
    public override bool IsInvalid => handle == -1;

    public int Number => (int)handle;

    protected override bool ReleaseHandle() => LibC.Close(handle) == 0;
}
