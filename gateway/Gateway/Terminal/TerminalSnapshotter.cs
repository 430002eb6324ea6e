using Sallyport.Gateway.Terminal.Vt;

namespace Sallyport.Gateway.Terminal;

/// <summary>Keeps what a terminal shows, and says when the recording needs a snapshot of it, so that seeking stays cheap.</summary>
internal sealed class TerminalSnapshotter(int columns, int rows, TimeProvider time)
{
    /// <summary>Output that a replay may have to run through at most before it is where it was sent to, about.</summary>
    private const int SnapshotBytes = 256 * 1024;

    private static readonly TimeSpan SnapshotAge = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly VtScreen _screen = new(columns, rows);
    private long _snapshotAt = time.GetTimestamp();
    private int _since;
    private long _shown;

    /// <returns>A snapshot with this output in it, when one is due.</returns>
    public byte[]? Show(ReadOnlySpan<byte> output)
    {
        lock (_lock)
        {
            _screen.Feed(output);
            _shown += output.Length;
            _since += output.Length;
            if (_since < SnapshotBytes && time.GetElapsedTime(_snapshotAt) < SnapshotAge)
            {
                return null;
            }

            (_since, _snapshotAt) = (0, time.GetTimestamp());
            return VtSnapshot.Of(_screen);
        }
    }

    public void Resize(int columns, int rows)
    {
        lock (_lock)
        {
            _screen.Resize(columns, rows);
        }
    }

    /// <returns>The terminal, and how much of all its output is in it.</returns>
    public (byte[] Snapshot, long Position) Snapshot()
    {
        lock (_lock)
        {
            return (VtSnapshot.Of(_screen), _shown);
        }
    }
}
