using System.Net.Security;

namespace Sallyport.Gateway.Screen.Rfb.Asset;

/// <summary>The connection to the asset, which TLS may slip under after the first messages.</summary>
internal sealed class RfbTransport(Stream stream) : IAsyncDisposable
{
    private Stream _stream = stream;

    public RfbReader Reader { get; private set; } = new(stream);

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => _stream.WriteAsync(bytes, cancellationToken);

    public async Task SecureAsync(SslClientAuthenticationOptions options, CancellationToken cancellationToken)
    {
        // The server speaks next only after our hello: what is there already would be taken for encrypted.
        if (Reader.Buffered.Length > 0)
        {
            throw RfbFailureException.Malformed("there is more where TLS should begin");
        }

        var secured = new SslStream(_stream);
        _stream = secured;
        await secured.AuthenticateAsClientAsync(options, cancellationToken);
        Reader = new RfbReader(secured);
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
