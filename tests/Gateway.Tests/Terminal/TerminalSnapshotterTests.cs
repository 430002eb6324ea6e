using System.Text;
using Sallyport.Gateway.Terminal;

namespace Sallyport.Gateway.Tests.Terminal;

public sealed class TerminalSnapshotterTests
{
    [Fact]
    public void Asks_for_a_snapshot_after_much_output_and_not_before()
    {
        var keeper = new TerminalSnapshotter(80, 24, TimeProvider.System);
        var line = Encoding.ASCII.GetBytes(new string('x', 1022) + "\r\n");

        var snapshots = Enumerable.Range(0, 1024).Select(_ => keeper.Show(line)).OfType<byte[]>().ToList();

        Assert.Equal(4, snapshots.Count);
        Assert.StartsWith("\e[8;24;80t\ec", Encoding.UTF8.GetString(snapshots[0]), StringComparison.Ordinal);
    }
}
