using Sallyport.Gateway.Screen.Rfb;
using Sallyport.Gateway.Screen.Rfb.Asset;

namespace Sallyport.Gateway.Tests.Screen;

/// <summary>Against servers that others wrote: what they show is what the shadow has.</summary>
public sealed class RealServerTests
{
    private static readonly Dictionary<string, int[]> Encodings = new(StringComparer.Ordinal)
    {
        ["none"] = [],
        ["raw"] = [RfbEncoding.Raw],
        ["RRE"] = [RfbEncoding.Rre],
        ["CoRRE"] = [RfbEncoding.CoRre],
        ["Hextile"] = [RfbEncoding.Hextile],
        ["zlib"] = [RfbEncoding.Zlib],
        ["ZRLE"] = [RfbEncoding.Zrle],
        ["Tight"] = [RfbEncoding.Tight],
        ["all"] = [.. RfbClientOptions.DefaultEncodings],
    };

    private static readonly Dictionary<string, PixelFormat?> Formats = new(StringComparer.Ordinal)
    {
        ["the server's"] = null,
        ["blue last"] = PixelFormat.Bgrx,
        ["red last"] = PixelFormat.Bgrx with { RedShift = 0, BlueShift = 16 },
        ["big-endian"] = PixelFormat.Bgrx with { BigEndian = true },
        ["high bytes"] = PixelFormat.Bgrx with { RedShift = 24, GreenShift = 16, BlueShift = 8 },
        ["high bytes, big-endian"] = PixelFormat.Bgrx with { RedShift = 24, GreenShift = 16, BlueShift = 8, BigEndian = true },
        ["depth 32"] = PixelFormat.Bgrx with { Depth = 32 },
    };

    [Fact]
    public async Task Every_encoding_of_two_servers_shows_what_the_screen_shows()
    {
        await using var server = await XServer.StartAsync(width: 500, height: 300, options: "-nocursor");
        await server.ShowAsync(333, 222, Pictures.Panel(333, 222));
        await server.RunAsync("xsetroot", "-mod", "7", "5", "-fg", "#123456", "-bg", "#fedcba");
        var other = await server.StartX11VncAsync("-nocursor");
        foreach (var (name, encodings) in Encodings)
        {
            foreach (var port in new[] { server.Port, other })
            {
                await using var follower = await Follower.ConnectAsync(await server.ConnectAsync(port), new RfbClientOptions { Encodings = encodings });

                await follower.ShowsAsync(server, name);
            }
        }
    }

    [Fact]
    public async Task Every_pixel_format_shows_the_same()
    {
        await using var server = await XServer.StartAsync(width: 200, height: 150, options: "-nocursor");
        await server.ShowAsync(200, 150, Pictures.Panel(200, 150));
        foreach (var (name, format) in Formats)
        {
            foreach (var encoding in new[] { RfbEncoding.Raw, RfbEncoding.Zrle, RfbEncoding.Tight })
            {
                var options = new RfbClientOptions { AskedFormat = format, Encodings = [encoding] };
                await using var follower = await Follower.ConnectAsync(await server.ConnectAsync(), options);

                await follower.ShowsAsync(server, $"{name}, encoding {encoding}");
            }
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(24)]
    public async Task The_servers_own_format_is_kept_unless_another_is_asked_for(int depth)
    {
        await using var server = await XServer.StartAsync(width: 320, height: 240, depth: depth, options: "-nocursor");
        await server.RunAsync("xsetroot", "-mod", "7", "5", "-fg", "#ff2040", "-bg", "#0090ff");
        server.Start("xlogo", "-geometry", "100x100+20+20", "-fg", "yellow");
        foreach (var encoding in new[] { RfbEncoding.Raw, RfbEncoding.Hextile, RfbEncoding.Zrle, RfbEncoding.Tight })
        {
            await using var follower = await Follower.ConnectAsync(await server.ConnectAsync(), new RfbClientOptions { Encodings = [encoding] });

            await follower.ShowsAsync(server, $"depth {depth}, encoding {encoding}");
            Assert.Equal(depth, follower.Client.Format.Depth);
        }
    }

    [Fact]
    public async Task A_colour_map_is_followed_when_it_changes()
    {
        await using var server = await XServer.StartXvfbAsync(320, 240, depth: 8);
        var port = await server.StartX11VncAsync("-nocursor");
        await server.RunAsync("xsetroot", "-mod", "7", "5", "-fg", "#ff2040", "-bg", "#0090ff");
        await using var follower = await Follower.ConnectAsync(await server.ConnectAsync(port));
        await follower.ShowsAsync(server, "the first colours");
        server.Start("xlogo", "-geometry", "100x100+20+20", "-fg", "#123456", "-bg", "#98fe10");

        await follower.ShowsAsync(server, "colours that were not in the map before");

        Assert.False(follower.Client.Format.TrueColour);
    }

    [Fact]
    public async Task Few_colours_can_be_asked_for_and_are_the_same_in_every_encoding()
    {
        await using var server = await XServer.StartAsync(width: 200, height: 150, options: "-nocursor");
        await server.ShowAsync(200, 150, Pictures.Panel(200, 150));
        await using (var all = await Follower.ConnectAsync(await server.ConnectAsync()))
        {
            await all.UntilAsync(f => f.Client.Screen.Frame.Pixels.AsSpan().SequenceEqual(Pictures.Panel(200, 150)), "the picture");
        }

        foreach (var format in new[] { PixelFormat.Bgr233, PixelFormat.Rgb565, PixelFormat.Rgb565 with { BigEndian = true } })
        {
            uint[]? expected = null;
            foreach (var encoding in new[] { RfbEncoding.Raw, RfbEncoding.Rre, RfbEncoding.Hextile, RfbEncoding.Zrle, RfbEncoding.Tight })
            {
                await using var follower = await Follower.ConnectAsync(await server.ConnectAsync(), new RfbClientOptions { AskedFormat = format, Encodings = [encoding] });
                var frame = follower.Client.Screen.Frame;
                await follower.UntilAsync(f => f.Events.Count > 0, "an update");
                expected ??= [.. frame.Pixels];

                await follower.UntilAsync(_ => frame.Pixels.AsSpan().SequenceEqual(expected), $"{format}, encoding {encoding}");
            }
        }
    }

    [Fact]
    public async Task Moving_windows_a_new_size_and_the_pointers_shape_are_followed()
    {
        await using var server = await XServer.StartAsync(width: 400, height: 300);
        await using var follower = await Follower.ConnectAsync(await server.ConnectAsync());
        await follower.ShowsAsync(server, "the first picture");
        server.Start("ico", "-faces", "-geometry", "150x150+5+5", "-i");
        await follower.UntilAsync(f => f.Events.Count > 30, "updates");
        server.Kill("ico");
        await server.RunAsync("xrandr", "--output", "VNC-0", "--mode", "800x600");
        await server.ShowAsync(333, 222, Pictures.Panel(333, 222));

        await follower.ShowsAsync(server, "the last picture");

        Assert.Equal((800, 600), (follower.Client.Screen.Frame.Width, follower.Client.Screen.Frame.Height));
        Assert.NotNull(follower.Client.Screen.Cursor);
    }

    [Theory]
    [InlineData("None", null, "none")]
    [InlineData("VncAuth", "secret12", "VNC password, not encrypted")]
    [InlineData("TLSNone", null, "TLS without certificate")]
    [InlineData("TLSVnc", "secret12", "TLS without certificate, VNC password")]
    [InlineData("X509Vnc", "secret12", "TLS, VNC password")]
    [InlineData("X509None", null, "TLS")]
    public async Task Every_way_of_signing_in_works(string types, string? password, string security)
    {
        await using var server = await XServer.StartAsync(types, password, 320, 200, 24, "-nocursor");
        var options = new RfbClientOptions { Password = password, CertificatePin = types.StartsWith("X509", StringComparison.Ordinal) ? server.CertificatePin : null };
        await using var follower = await Follower.ConnectAsync(await server.ConnectAsync(), options);

        await follower.ShowsAsync(server, types);

        Assert.Equal((security, "Test desktop", "003.008"), (follower.Client.Security, follower.Client.Name, follower.Client.Version));
    }

    [Fact]
    public async Task A_wrong_password_says_so_and_a_missing_one_too()
    {
        await using var server = await XServer.StartAsync("VncAuth", "secret12", 320, 200);

        Assert.Equal(RfbFailureKind.PasswordWrong, (await FailureAsync(server, new RfbClientOptions { Password = "another" })).Kind);
        Assert.Equal(RfbFailureKind.PasswordMissing, (await FailureAsync(server, new RfbClientOptions())).Kind);
    }

    [Fact]
    public async Task A_certificate_must_be_the_pinned_one()
    {
        await using var server = await XServer.StartAsync("X509Vnc", "secret12", 320, 200);
        var other = Convert.ToBase64String(new byte[32]);

        var unknown = await FailureAsync(server, new RfbClientOptions { Password = "secret12" });
        var changed = await FailureAsync(server, new RfbClientOptions { Password = "secret12", CertificatePin = other });

        Assert.Equal((RfbFailureKind.CertificateUnknown, server.CertificatePin), (unknown.Kind, unknown.CertificatePin));
        Assert.Equal((RfbFailureKind.CertificateChanged, server.CertificatePin), (changed.Kind, changed.CertificatePin));
        Assert.Contains(other, changed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pinned_asset_is_never_spoken_to_without_tls()
    {
        await using var server = await XServer.StartAsync("VncAuth", "secret12", 320, 200);

        var failure = await FailureAsync(server, new RfbClientOptions { Password = "secret12", CertificatePin = Convert.ToBase64String(new byte[32]) });

        Assert.Equal(RfbFailureKind.CertificateChanged, failure.Kind);
    }

    private static async Task<RfbFailure> FailureAsync(XServer server, RfbClientOptions options)
    {
        var stream = await server.ConnectAsync();
        return (await Assert.ThrowsAsync<RfbFailureException>(() => RfbClient.ConnectAsync(stream, options, TimeProvider.System, CancellationToken.None))).Failure;
    }
}
