using System.Buffers.Binary;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Screen.Rfb.Asset;

/// <summary>The Tight security type: a list of tunnels, then a list of ways to sign in, each of which may be empty.</summary>
internal static class TightSecurity
{
    private const int CapabilityLength = 16;
    private const uint NoTunnel = 0;
    private const uint NoAuthentication = 1;

    /// <returns>The security type that goes on from here: none or VNC authentication.</returns>
    public static async Task<uint> NegotiateAsync(RfbTransport transport, RfbClientOptions options, CancellationToken cancellationToken)
    {
        var tunnels = await ReadAsync(transport.Reader, "the list of tunnels", cancellationToken);
        if (tunnels.Count > 0)
        {
            // Siemens panels name their own tunnel and forget to name that none is needed.
            if (!tunnels.Exists(t => t.Code == NoTunnel || t.Name == "SICRSCHANNEL"))
            {
                throw new RfbFailureException(
                    RfbFailureKind.SecurityUnsupported,
                    $"The asset insists on a tunnel that the gateway cannot speak: {Names(tunnels)}. Switch off its VNC server's encryption.");
            }

            await transport.SendAsync(Number(NoTunnel), cancellationToken);
        }

        var ways = await ReadAsync(transport.Reader, "the list of ways to sign in", cancellationToken);
        if (ways.Count == 0)
        {
            return SecurityType.None;
        }

        uint[] usable = options.Password is null ? [NoAuthentication, SecurityType.VncAuthentication] : [SecurityType.VncAuthentication, NoAuthentication];
        foreach (var way in usable)
        {
            if (ways.Exists(w => w.Code == way))
            {
                await transport.SendAsync(Number(way), cancellationToken);
                return way;
            }
        }

        throw new RfbFailureException(
            RfbFailureKind.SecurityUnsupported,
            $"The asset offers no way of signing in that the gateway can use. It offers by Tight: {Names(ways)}. Allow a VNC password in its VNC server.");
    }

    /// <summary>What follows ServerInit where Tight was used: lists of messages and encodings, which change nothing here.</summary>
    public static async Task SkipCapabilitiesAsync(RfbReader reader, CancellationToken cancellationToken)
    {
        reader.Part = "the list of Tight's extensions";
        await reader.EnsureAsync(8, cancellationToken);
        var count = reader.TakeUInt16() + reader.TakeUInt16() + reader.TakeUInt16();
        reader.Advance(2);
        CheckCount((uint)count);
        await reader.SkipAsync(count * CapabilityLength, cancellationToken);
    }

    private static async Task<List<(uint Code, string Name)>> ReadAsync(RfbReader reader, string part, CancellationToken cancellationToken)
    {
        reader.Part = part;
        await reader.EnsureAsync(4, cancellationToken);
        var count = reader.TakeUInt32();
        CheckCount(count);
        List<(uint, string)> capabilities = [];
        for (var i = 0; i < count; i++)
        {
            await reader.EnsureAsync(CapabilityLength, cancellationToken);
            capabilities.Add((reader.TakeUInt32(), AssetText.Clean(reader.Take(CapabilityLength - 4))));
        }

        return capabilities;
    }

    private static void CheckCount(uint count)
    {
        if (count > RfbLimits.MaxCapabilities)
        {
            throw RfbFailureException.Malformed($"a list of {count} Tight extensions, where {RfbLimits.MaxCapabilities} are taken");
        }
    }

    private static string Names(List<(uint Code, string Name)> capabilities) => string.Join(", ", capabilities.Take(8).Select(c => $"{c.Name} ({c.Code})"));

    private static byte[] Number(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
