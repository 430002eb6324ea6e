namespace Sallyport.Gateway.Tests.Sessions;

/// <summary>Packets to a loopback port vanish until this is disposed, as when an asset loses its power or the way to it breaks.</summary>
internal sealed class DroppedPort : IAsyncDisposable
{
    private readonly string _table;

    private DroppedPort(int port) => _table = $"sallyport_test_{port}";

    public static async Task<DroppedPort> StartAsync(int port)
    {
        var dropped = new DroppedPort(port);
        var table = dropped._table;
        await NftAsync($"add table inet {table}; add chain inet {table} in {{ type filter hook input priority 0; }}; add rule inet {table} in tcp dport {port} drop");
        return dropped;
    }

    public async ValueTask DisposeAsync() => await NftAsync($"delete table inet {_table}");

    private static async Task NftAsync(string commands) => await Children.RunAsync("nft", [commands]);
}
