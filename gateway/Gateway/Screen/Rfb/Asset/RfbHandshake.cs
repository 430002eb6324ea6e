using System.Buffers;
using System.Globalization;
using System.Text;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Screen.Rfb.Asset;

/// <param name="Version">What the server said of itself, such as "003.008".</param>
/// <param name="Security">How the gateway signed in, for the evidence.</param>
internal sealed record ServerDescription(string Version, string Security, int Width, int Height, PixelFormat Format, string Name);

/// <summary>The way from the first byte to the running session (RFC 6143, sections 7.1 to 7.3).</summary>
internal sealed class RfbHandshake(RfbTransport transport, RfbClientOptions options)
{
    private const int GreetingLength = 12;
    private const uint ResultOk = 0;
    private const uint ResultTooManyAttempts = 2;

    private RfbReader Reader => transport.Reader;

    public async Task<ServerDescription> RunAsync(CancellationToken cancellationToken)
    {
        var (version, minor) = await AgreeOnVersionAsync(cancellationToken);
        var type = minor == 3 ? await ReadDictatedTypeAsync(cancellationToken) : await ChooseTypeAsync(cancellationToken);
        var (tight, name) = (type == SecurityType.Tight, "");
        var hasResult = minor == 8 || type == SecurityType.VeNCrypt;
        switch (type)
        {
            case SecurityType.Tight:
                type = await TightSecurity.NegotiateAsync(transport, options, cancellationToken);
                break;
            case SecurityType.VeNCrypt:
                (type, name) = await VeNCryptSecurity.NegotiateAsync(transport, options, cancellationToken);
                break;
        }

        if (type == SecurityType.VncAuthentication)
        {
            await AnswerChallengeAsync(cancellationToken);
        }

        if (hasResult || type != SecurityType.None)
        {
            await ReadResultAsync(minor == 8, signedIn: type != SecurityType.None, cancellationToken);
        }

        await transport.SendAsync(new byte[] { options.Shared ? (byte)1 : (byte)0 }, cancellationToken);
        if (name.Length == 0)
        {
            name = type == SecurityType.None ? "none" : "VNC password, not encrypted";
        }

        var server = await ReadServerInitAsync(version, name, cancellationToken);
        if (tight)
        {
            await TightSecurity.SkipCapabilitiesAsync(Reader, cancellationToken);
        }

        return server;
    }

    private async Task<(string Version, int Minor)> AgreeOnVersionAsync(CancellationToken cancellationToken)
    {
        await EnsureGreetingAsync(cancellationToken);
        var greeting = Encoding.Latin1.GetString(Reader.Take(GreetingLength));
        if (!greeting.StartsWith("RFB ", StringComparison.Ordinal)
            || greeting[7] != '.' || greeting[11] != '\n'
            || !int.TryParse(greeting.AsSpan(4, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            || !int.TryParse(greeting.AsSpan(8, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var minor)
            || major < 3)
        {
            throw new RfbFailureException(RfbFailureKind.NotRfb, $"What answers at the asset's port is no VNC server; it says \"{AssetText.Clean(Encoding.Latin1.GetBytes(greeting))}\". Is the port right?");
        }

        // 3.5 is to be treated as 3.3 (section 7.1.1); 3.6 is UltraVNC, which means 3.3. 3.889 (Apple) and 4.x, 5.x (RealVNC, Intel) speak 3.8.
        minor = major > 3 || minor >= 8 ? 8 : minor == 7 ? 7 : 3;
        await transport.SendAsync(Encoding.ASCII.GetBytes($"RFB 003.00{minor}\n"), cancellationToken);
        return (greeting[4..11], minor);
    }

    private async Task EnsureGreetingAsync(CancellationToken cancellationToken)
    {
        try
        {
            Reader.Part = "the greeting";
            await Reader.EnsureAsync(GreetingLength, cancellationToken);
        }
        catch (RfbFailureException e) when (e.Failure.Kind == RfbFailureKind.Closed)
        {
            throw new RfbFailureException(Reader.Received == 0
                ? new RfbFailure(RfbFailureKind.Closed, "The asset closed the connection before it said a word. Its VNC server may serve one client at a time, or be switched off after a restart.")
                : new RfbFailure(RfbFailureKind.NotRfb, $"What answers at the asset's port is no VNC server; it says \"{AssetText.Clean(Reader.Buffered)}\". Is the port right?"));
        }
    }

    private async Task<uint> ReadDictatedTypeAsync(CancellationToken cancellationToken)
    {
        Reader.Part = "the security type";
        await Reader.EnsureAsync(4, cancellationToken);
        var type = Reader.TakeUInt32();
        if (type == 0)
        {
            throw await RefusalAsync(cancellationToken);
        }

        if (options.CertificatePin is not null)
        {
            throw NoTls();
        }

        return type is SecurityType.None or SecurityType.VncAuthentication ? type : throw new RfbFailureException(RfbFailureKind.SecurityUnsupported, SecurityType.Refusal([type]));
    }

    private async Task<uint> ChooseTypeAsync(CancellationToken cancellationToken)
    {
        Reader.Part = "the list of security types";
        await Reader.EnsureAsync(1, cancellationToken);
        var count = Reader.TakeByte();
        if (count == 0)
        {
            throw await RefusalAsync(cancellationToken);
        }

        await Reader.EnsureAsync(count, cancellationToken);
        var offered = Reader.Take(count).ToArray().Select(b => (uint)b).ToList();
        if (options.CertificatePin is not null && !offered.Contains(SecurityType.VeNCrypt))
        {
            throw NoTls();
        }

        uint[] usable = options switch
        {
            { CertificatePin: not null } => [SecurityType.VeNCrypt],
            { Password: not null } => [SecurityType.VeNCrypt, SecurityType.VncAuthentication, SecurityType.Tight, SecurityType.None],
            _ => [SecurityType.None, SecurityType.VeNCrypt, SecurityType.Tight, SecurityType.VncAuthentication],
        };
        var type = usable.FirstOrDefault(offered.Contains);
        if (type == 0)
        {
            throw new RfbFailureException(RfbFailureKind.SecurityUnsupported, SecurityType.Refusal(offered));
        }

        await transport.SendAsync(new[] { (byte)type }, cancellationToken);
        return type;
    }

    private async Task AnswerChallengeAsync(CancellationToken cancellationToken)
    {
        if (options.Password is not { } password)
        {
            throw new RfbFailureException(RfbFailureKind.PasswordMissing, "The asset asks for a password, and none is stored for it.");
        }

        Reader.Part = "the password's challenge";
        await Reader.EnsureAsync(VncAuthentication.ChallengeLength, cancellationToken);
        await transport.SendAsync(VncAuthentication.Response(password, Reader.Take(VncAuthentication.ChallengeLength)), cancellationToken);
    }

    private async Task ReadResultAsync(bool hasReason, bool signedIn, CancellationToken cancellationToken)
    {
        const string Wrong = "The asset refused the stored password. Ask an admin to check it; the view and the control password of a panel are two different ones, and only the first 8 characters count.";
        Reader.Part = "the answer to signing in";
        try
        {
            await Reader.EnsureAsync(4, cancellationToken);
        }
        catch (RfbFailureException e) when (e.Failure.Kind == RfbFailureKind.Closed && signedIn)
        {
            throw new RfbFailureException(new RfbFailure(RfbFailureKind.PasswordWrong, $"The asset hung up after the password, as some do when it is wrong. {Wrong}"), e);
        }

        var result = Reader.TakeUInt32();
        if (result == ResultOk)
        {
            return;
        }

        var reason = hasReason ? await ReasonAsync(cancellationToken) : "";
        throw (signedIn, result) switch
        {
            (_, ResultTooManyAttempts) => new RfbFailureException(RfbFailureKind.Refused, "The asset refuses: there were too many wrong passwords. Wait a few minutes, or restart its VNC server."),
            (true, _) => new RfbFailureException(RfbFailureKind.PasswordWrong, reason.Length > 0 ? $"{Wrong} The asset says: \"{reason}\"" : Wrong),
            _ => new RfbFailureException(RfbFailureKind.Refused, $"The asset refuses the connection: \"{reason}\""),
        };
    }

    private async Task<ServerDescription> ReadServerInitAsync(string version, string security, CancellationToken cancellationToken)
    {
        Reader.Part = "the description of the screen; its VNC server may serve one client at a time";
        await Reader.EnsureAsync(8 + PixelFormat.Length, cancellationToken);
        var (width, height) = (Reader.TakeUInt16(), Reader.TakeUInt16());
        var format = PixelFormat.Read(Reader.Take(PixelFormat.Length));
        var length = Reader.TakeUInt32();
        if (length > RfbLimits.MaxName)
        {
            throw RfbFailureException.Malformed($"a name of {length} bytes, where {RfbLimits.MaxName} are taken");
        }

        await Reader.EnsureAsync((int)length, cancellationToken);
        return new ServerDescription(version, security, width, height, format, AssetText.Clean(Reader.Take((int)length)));
    }

    private async Task<RfbFailureException> RefusalAsync(CancellationToken cancellationToken)
    {
        var reason = await ReasonAsync(cancellationToken);
        return new RfbFailureException(RfbFailureKind.Refused, reason.Length > 0 ? $"The asset refuses the connection: \"{reason}\"" : "The asset refuses the connection and gives no reason. Its VNC server may serve one client at a time.");
    }

    // Some hang up instead of giving the reason, and some are cut off in it: what came is shown.
    private async Task<string> ReasonAsync(CancellationToken cancellationToken)
    {
        Reader.Part = "the reason for a refusal";
        var reason = new ArrayBufferWriter<byte>();
        try
        {
            await Reader.EnsureAsync(4, cancellationToken);
            await Reader.ReadAsync(Math.Min(Reader.TakeUInt32(), RfbLimits.MaxReason), reason, cancellationToken);
        }
        catch (Exception e) when (e is IOException || e is RfbFailureException { Failure.Kind: RfbFailureKind.Closed })
        {
            // The refusal stands.
        }

        return AssetText.Clean(reason.WrittenSpan);
    }

    private static RfbFailureException NoTls() =>
        new(RfbFailureKind.CertificateChanged, "A certificate is pinned for the asset, and it no longer offers TLS. If its VNC server was changed on purpose, an admin must remove the pin.");
}
