using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Sallyport.Gateway.Web;

/// <summary>
/// Blocks as large as a TLS record may be, 16 KiB (RFC 8446, section 5.1), for what goes to browsers. Kestrel makes a record of each
/// of its blocks, which are 4 KiB: four times as many encryptions and writes for a picture or a script.
/// </summary>
internal sealed class TlsRecords : MemoryPool<byte>, IMemoryPoolFeature
{
    private const int RecordSize = 16 * 1024;

    // 4 MiB; what is needed beyond that in a moment of load is left to the garbage collector.
    private const int MaxIdle = 256;

    private readonly ConcurrentQueue<Block> _idle = new();

    public override int MaxBufferSize => RecordSize;

    MemoryPool<byte> IMemoryPoolFeature.MemoryPool => this;

    /// <summary>A connection middleware, for outside TLS.</summary>
    public ConnectionDelegate Use(ConnectionDelegate next) => connection =>
    {
        connection.Features.Set<IMemoryPoolFeature>(this);
        return next(connection);
    };

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, RecordSize);
        return _idle.TryDequeue(out var block) ? block : new Block(this);
    }

    // It lives as long as the process.
    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Block(TlsRecords pool) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(RecordSize);

        public void Dispose()
        {
            if (pool._idle.Count < MaxIdle)
            {
                pool._idle.Enqueue(this);
            }
        }
    }
}
