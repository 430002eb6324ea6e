namespace Sallyport.Gateway.Screen.Rfb.Asset;

/// <summary>How a client may sign in: RFC 6143, section 7.1.2, and the numbers that were registered since.</summary>
internal static class SecurityType
{
    public const uint None = 1;
    public const uint VncAuthentication = 2;
    public const uint Tight = 16;
    public const uint VeNCrypt = 19;

    private static readonly byte[] RealVncTypes = [5, 6, 13, 129, 130, 133, 192];

    /// <summary>What to tell an admin of a server that offers nothing but these.</summary>
    public static string Refusal(IEnumerable<uint> offered)
    {
        var types = offered.ToList();
        var names = string.Join(", ", types.Select(Name));
        return types.Exists(t => t <= byte.MaxValue && RealVncTypes.Contains((byte)t))
            ? $"The asset offers only RealVNC's own security ({names}), which other programs cannot speak. Set its VNC server's Authentication to \"VNC password\" and its Encryption to \"Prefer off\"."
            : $"The asset offers no way of signing in that the gateway can use. It offers: {names}. Allow VNC password, TLS or no authentication in its VNC server.";
    }

    private static string Name(uint type) => type switch
    {
        None => "none",
        VncAuthentication => "VNC password",
        5 or 6 or 13 or 129 or 130 or 133 or 192 => $"RealVNC {type}",
        Tight => "Tight",
        17 => "UltraVNC",
        18 => "TLS of Vino",
        VeNCrypt => "VeNCrypt",
        20 => "SASL",
        22 => "xvp",
        30 => "Apple Remote Desktop",
        33 or 35 or 36 => $"Apple {type}",
        113 => "Microsoft sign-in of UltraVNC",
        _ => $"type {type}",
    };
}
