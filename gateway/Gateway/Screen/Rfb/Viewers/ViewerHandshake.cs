using System.Buffers.Binary;
using System.Text;
using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Screen.Rfb.Viewers;

/// <summary>RFB 3.8 with security type None, as a server (RFC 6143, sections 7.1 to 7.3).</summary>
internal static class ViewerHandshake
{
    private const int GreetingLength = 12;
    private const byte None = 1;

    public static async Task RunAsync(Stream transport, RfbReader reader, ScreenFrame frame, string name, CancellationToken cancellationToken)
    {
        await transport.WriteAsync("RFB 003.008\n"u8.ToArray(), cancellationToken);
        await reader.EnsureAsync(GreetingLength, cancellationToken);
        if (!reader.Take(GreetingLength).SequenceEqual("RFB 003.008\n"u8))
        {
            throw new RfbFailureException(RfbFailureKind.NotRfb, "The viewer does not speak RFB 3.8.");
        }

        await transport.WriteAsync(new byte[] { 1, None }, cancellationToken);
        await reader.EnsureAsync(1, cancellationToken);
        if (reader.TakeByte() != None)
        {
            throw RfbFailureException.Malformed("a security type from the viewer that was not offered");
        }

        // SecurityResult: fine.
        await transport.WriteAsync(new byte[4], cancellationToken);
        reader.Part = "the viewer's initialisation";
        await reader.EnsureAsync(1, cancellationToken);

        // Whether others may stay is decided elsewhere.
        reader.Advance(1);
        await transport.WriteAsync(ServerInit(frame, name), cancellationToken);
    }

    private static byte[] ServerInit(ScreenFrame frame, string name)
    {
        var title = Encoding.UTF8.GetBytes(name);
        var message = new byte[8 + PixelFormat.Length + title.Length];
        BinaryPrimitives.WriteUInt16BigEndian(message, (ushort)frame.Width);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), (ushort)frame.Height);
        PixelFormat.Bgrx.Write(message.AsSpan(4));
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4 + PixelFormat.Length), title.Length);
        title.CopyTo(message, 8 + PixelFormat.Length);
        return message;
    }
}
