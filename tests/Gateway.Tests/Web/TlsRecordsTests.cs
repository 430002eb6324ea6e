using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Sallyport.Gateway.Tests.Web.Support;

namespace Sallyport.Gateway.Tests.Web;

public sealed class TlsRecordsTests
{
    private const int ApplicationData = 23;
    private const int RecordHeader = 5;

    [Fact]
    public async Task A_large_answer_goes_out_in_full_TLS_records()
    {
        var picture = new string('x', 100_000);
        await using var asset = new RawAsset(_ => RawAsset.Ok(picture).Replace("text/html", "image/png", StringComparison.Ordinal));
        await using var gateway = await WebGateway.StartAsync("web.localhost", tls: true);
        using var browser = await gateway.ConnectAsync(asset.Port);

        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, gateway.Port);
        var wire = new MemoryStream();
        await using var tls = new SslStream(new Tap(client.GetStream(), wire), leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate is not null);
        await tls.AuthenticateAsClientAsync(new Uri(browser.Hmi).Host);
        var cookies = browser.Cookies.GetCookieHeader(new Uri(browser.Hmi));
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"GET /picture.png HTTP/1.1\r\nHost: {new Uri(browser.Hmi).Authority}\r\nCookie: {cookies}\r\nConnection: close\r\n\r\n"));
        using var answer = new StreamReader(tls);
        var body = (await answer.ReadToEndAsync()).Split("\r\n\r\n", 2)[1];

        Assert.Equal(picture, body);
        Assert.Contains(Records(wire.ToArray()), record => record is { Type: ApplicationData, Length: > 16 * 1024 });
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Answers_under_way_at_once_do_not_mix(string version)
    {
        await using var asset = new RawAsset(head => RawAsset.Ok(Of(head.Split(' ')[1])).Replace("text/html", "image/png", StringComparison.Ordinal));
        await using var gateway = await WebGateway.StartAsync("web.localhost", tls: true);
        using var browser = await gateway.ConnectAsync(asset.Port);
        browser.Version = Version.Parse(version);

        await Parallel.ForEachAsync(Enumerable.Range(0, 300), new ParallelOptions { MaxDegreeOfParallelism = 12 }, async (i, _) =>
            Assert.Equal(Of($"/{i}"), await browser.GetStringAsync($"/{i}")));

        // Of a length and a content that no other has.
        static string Of(string path) => string.Concat(Enumerable.Repeat(path, 200 + (path.GetHashCode(StringComparison.Ordinal) & 0x3FFF)));
    }

    private static IEnumerable<(int Type, int Length)> Records(byte[] wire)
    {
        for (var at = 0; at + RecordHeader <= wire.Length;)
        {
            var length = (wire[at + 3] << 8) | wire[at + 4];
            yield return (wire[at], length);
            at += RecordHeader + length;
        }
    }

    /// <summary>Keeps a copy of what is read.</summary>
    private sealed class Tap(Stream inner, Stream copy) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await inner.ReadAsync(buffer, cancellationToken);
            copy.Write(buffer.Span[..count]);
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override void Flush() => inner.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
