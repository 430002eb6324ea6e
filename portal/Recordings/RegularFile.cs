using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sallyport.Portal.Recordings;

/// <summary>
/// Opens files of a folder that others write into: openat(2) step by step, so that no link leads out of it, without waiting for
/// a pipe's other end, and only what is a regular file (statx(2)).
/// </summary>
internal static partial class RegularFile
{
    private const int CurrentFolder = -100;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int EmptyPath = 0x1000;
    private const uint TypeWanted = 1;
    private const int ModeOffset = 28;
    private const int StatxLength = 256;

    // These two are not the same on every processor (asm/fcntl.h).
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;
    private static readonly int OnlyFolder = IsArm ? 0x4000 : 0x10000;
    private static readonly int NoLink = IsArm ? 0x8000 : 0x20000;

    /// <param name="name">A path below the folder.</param>
    /// <exception cref="IOException">There is no such file, it is not a regular one, or a link is in its way.</exception>
    public static FileStream Open(string folder, string name)
    {
        var parts = name.Split('/');
        if (parts.Any(part => part is "" or "." or ".."))
        {
            throw new IOException("Its name is not one of a file in this folder.");
        }

        var at = Opened(OpenAt(CurrentFolder, folder, OnlyFolder | CloseOnExec, 0));
        try
        {
            foreach (var part in parts[..^1])
            {
                var next = Opened(OpenAt(at, part, OnlyFolder | NoLink | CloseOnExec, 0));
                _ = Close(at);
                at = next;
            }

            return Checked(OpenAt(at, parts[^1], NoLink | NonBlocking | CloseOnExec, 0));
        }
        finally
        {
            _ = Close(at);
        }
    }

    /// <summary>Any file that somebody names; links are followed.</summary>
    /// <exception cref="IOException">There is no such file, or it is not a regular one.</exception>
    public static FileStream Open(string path) => Checked(OpenAt(CurrentFolder, path, NonBlocking | CloseOnExec, 0));

    private static FileStream Checked(int descriptor)
    {
        var handle = new SafeFileHandle(Opened(descriptor), ownsHandle: true);
        try
        {
            Span<byte> status = stackalloc byte[StatxLength];
            if (Statx(descriptor, "", EmptyPath, TypeWanted, status) != 0 || (BitConverter.ToUInt16(status[ModeOffset..]) & 0xF000) != 0x8000)
            {
                throw new IOException("It is not a regular file.");
            }

            return new FileStream(handle, FileAccess.Read, 64 * 1024);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static int Opened(int descriptor) => descriptor >= 0 ? descriptor : throw new IOException(Marshal.GetLastPInvokeErrorMessage());

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenAt(int folder, string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int descriptor, string path, int flags, uint mask, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
