using System.Text;
using Sallyport.Recording.Format;
using Sallyport.Recording.Tests.Support;

namespace Sallyport.Recording.Tests;

public sealed class HeaderBindingTests : IDisposable
{
    private readonly TestRecording _recording = new();

    [Theory]
    [InlineData("Pump trips", "Sump trips")] // what it was for
    [InlineData("Technician", "Technicist")] // who
    [InlineData("\"keyId\":\"kek\"", "\"keyId\":\"kex\"")]
    [InlineData("{\"sessionId\"", "{\"SessionId\"")] // another spelling of the same
    public async Task The_reader_refuses_an_altered_header(string was, string becomes)
    {
        await _recording.WriteSealedAsync(1);
        var bytes = await File.ReadAllBytesAsync(_recording.Path);
        var at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(was));
        Encoding.UTF8.GetBytes(becomes).CopyTo(bytes, at);
        await File.WriteAllBytesAsync(_recording.Path, bytes);

        var e = await Assert.ThrowsAsync<RecordingException>(() => _recording.ReadAllAsync());
        Assert.Contains("altered", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrapped_key_cannot_be_moved_beside_another_header_of_the_same_session()
    {
        await _recording.WriteSealedAsync(1);
        var whole = await File.ReadAllBytesAsync(_recording.Path);
        using var other = new TestRecording();
        await other.WriteSealedAsync(1);
        var theirs = await File.ReadAllBytesAsync(other.Path);
        var (length, theirLength) = (BitConverter.ToInt32(whole, 8), BitConverter.ToInt32(theirs, 8));
        byte[] mixed = [.. theirs[..12], .. whole[12..16], .. theirs[Layout.PrefixLength..(Layout.PrefixLength + theirLength)], .. whole[(Layout.PrefixLength + length)..]];

        await Assert.ThrowsAsync<RecordingException>(() => RecordingReader.OpenAsync(new MemoryStream(mixed), _recording.KeyEncryptionKey, CancellationToken.None));
    }

    [Fact]
    public async Task Times_beyond_a_year_are_not_believed()
    {
        await _recording.WriteSealedAsync(1);
        var whole = await File.ReadAllBytesAsync(_recording.Path);
        var chunk = Layout.PrefixLength + BitConverter.ToInt32(whole, 8) + BitConverter.ToInt32(whole, 12);
        BitConverter.TryWriteBytes(whole.AsSpan(chunk + 24), long.MaxValue);

        using var reader = await RecordingReader.OpenAsync(new MemoryStream(whole[..^Layout.TrailerLength]), null, CancellationToken.None);

        Assert.Equal(TimeSpan.Zero, reader.Duration);
    }

    [Fact]
    public void An_event_later_than_a_year_is_refused()
    {
        ReadOnlyMemory<byte> bytes = new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 1, 0 };
        var at = Layout.MaxMicroseconds;

        Assert.Throws<RecordingException>(() => EventCodec.Read(ref bytes, ref at));
    }

    public void Dispose() => _recording.Dispose();
}
