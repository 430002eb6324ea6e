using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Sallyport.Portal.Recordings.Pictures;

/// <summary>One run of Debian's ffmpeg: fed on its standard input, and never outliving its owner.</summary>
internal sealed class Ffmpeg : IAsyncDisposable
{
    private const int MaxComplaint = 4000;

    /// <summary>Somebody waits for it.</summary>
    public const int Interactive = 0;

    /// <summary>It may take until others have what they want.</summary>
    public const int InTheBackground = 10;

    private readonly Process _process;
    private readonly Task<string> _complaint;

    private Ffmpeg(Process process)
    {
        _process = process;
        _complaint = ReadComplaintAsync(process.StandardError);
    }

    public Stream Output => _process.StandardOutput.BaseStream;

    /// <param name="folder">Where its relative file names lead: so no path can be mistaken for a filter's syntax.</param>
    /// <param name="niceness">How much it lets others go first.</param>
    /// <exception cref="PictureException">It is not installed.</exception>
    public static Ffmpeg Start(string folder, int niceness, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("nice") { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (IEnumerable<string>)["-n", niceness.ToString(CultureInfo.InvariantCulture), "ffmpeg", "-hide_banner", "-loglevel", "error", "-y", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        // The portal's environment holds its database's address; a program that reads what plants sent has no use for it.
        var path = start.Environment["PATH"];
        start.Environment.Clear();
        start.Environment["PATH"] = path;
        try
        {
            return new Ffmpeg(Process.Start(start)!);
        }
        catch (Win32Exception e)
        {
            throw new PictureException("The encoder cannot be started.", e);
        }
    }

    /// <exception cref="PictureException">It is gone, and this is why.</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await _process.StandardInput.BaseStream.WriteAsync(bytes, cancellationToken);
        }
        catch (IOException e)
        {
            await FinishAsync(cancellationToken);
            throw new PictureException("The encoder ended before it had every picture. The portal's log says more.", e);
        }
    }

    /// <summary>Says that all was written, and waits for its end.</summary>
    /// <exception cref="PictureException">It failed.</exception>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _process.StandardInput.BaseStream.DisposeAsync();
        }
        catch (IOException)
        {
            // It has gone already; its exit code says more.
        }

        await _process.WaitForExitAsync(cancellationToken);
        var complaint = await _complaint;
        if (_process.ExitCode != 0)
        {
            const int notFound = 127;
            throw _process.ExitCode == notFound
                ? new PictureException("ffmpeg is not installed where the portal runs. Ask who runs the portal to install Debian's package of that name.")
                : new PictureException("The encoder failed. The portal's log says why.", new InvalidOperationException($"ffmpeg exited with {_process.ExitCode}: {complaint}"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    // The last that it said: the first complaint is often only the consequence that was noticed first, and a flood must not fill memory.
    private static async Task<string> ReadComplaintAsync(StreamReader error)
    {
        var (kept, buffer) = (new StringBuilder(), new char[1024]);
        while (await error.ReadAsync(buffer) is > 0 and var count)
        {
            kept.Append(buffer, 0, count);
            if (kept.Length > MaxComplaint)
            {
                kept.Remove(0, kept.Length - MaxComplaint);
            }
        }

        return kept.ToString().Trim();
    }
}
