using System.Security.Cryptography;
using Sallyport.Gateway.Terminal;

namespace Sallyport.Gateway.Tests.Terminal;

public sealed class OutputBufferTests
{
    [Fact]
    public async Task What_is_not_acknowledged_can_be_read_again_from_any_offset()
    {
        var buffer = new OutputBuffer();
        var bytes = RandomNumberGenerator.GetBytes(1_000_000);
        for (var at = 0; at < bytes.Length; at += 50_000)
        {
            await buffer.AppendAsync(bytes.AsMemory(at, 50_000), CancellationToken.None);
        }

        buffer.Acknowledge(300_001);

        Assert.Equal((300_001, 1_000_000), (buffer.Start, buffer.End));
        Assert.Equal(Convert.ToHexString(bytes.AsSpan(300_001)), Convert.ToHexString(ReadAll(buffer, 300_001)));
        Assert.Equal(Convert.ToHexString(bytes.AsSpan(777_777)), Convert.ToHexString(ReadAll(buffer, 777_777)));
    }

    [Fact]
    public async Task A_full_buffer_makes_the_writer_wait_until_something_is_acknowledged_and_drops_nothing()
    {
        var buffer = new OutputBuffer();
        var bytes = RandomNumberGenerator.GetBytes(12 * 1024 * 1024);
        var writing = buffer.AppendAsync(bytes, CancellationToken.None).AsTask();
        var read = new List<byte>();
        while (read.Count < bytes.Length)
        {
            var part = ReadAll(buffer, read.Count);
            read.AddRange(part);
            Assert.True(buffer.End - buffer.Start <= 4 * 1024 * 1024);
            buffer.Acknowledge(read.Count);
            if (part.Length == 0)
            {
                await buffer.MoreAsync();
            }
        }

        await writing;
        Assert.True(bytes.AsSpan().SequenceEqual(read.ToArray()));
    }

    [Fact]
    public async Task An_acknowledgement_of_what_was_never_sent_is_ignored()
    {
        var buffer = new OutputBuffer();
        await buffer.AppendAsync(new byte[10], CancellationToken.None);

        buffer.Acknowledge(11);

        Assert.Equal(0, buffer.Start);
    }

    private static byte[] ReadAll(OutputBuffer buffer, long from)
    {
        var all = new List<byte>();
        var part = new byte[10_000];
        for (var count = buffer.Read(from, part); count > 0; count = buffer.Read(from + all.Count, part))
        {
            all.AddRange(part.AsSpan(0, count));
        }

        return [.. all];
    }
}
