using Sallyport.Gateway.Screen.Rfb;
using Sallyport.Gateway.Screen.Rfb.Asset;
using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Tests.Screen;

/// <summary>Panels as they are reported to behave: older and odder than desktops.</summary>
public sealed class PanelTests
{
    private const uint Red = 0xFFFF0000;

    private static readonly byte[] Challenge = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];

    [Fact]
    public async Task RFB_3_3_without_security_and_with_8_bit_pixels_is_shown()
    {
        await using var panel = new FakePanel(async c =>
        {
            await c.SayAsync("RFB 003.003\n");
            Assert.Equal("RFB 003.003\n"u8.ToArray(), await c.HearAsync(12));
            await c.SayAsync(0, 0, 0, 1);
            await c.DescribeAsync(640, 480, new PixelFormat(8, 8, false, true, 7, 7, 3, 5, 2, 0), "VC Project 'Visu'");

            // Asked for other pixels, this kind breaks.
            Assert.DoesNotContain((byte)0, await c.HearRequestAsync());
            await c.SayAsync(Rfb.Update(Rfb.Rectangle(0, 0, 640, 480, RfbEncoding.Raw, [.. Enumerable.Repeat((byte)0b111_000_00, 640 * 480)])));
            await c.ListenAsync();
        });
        await using var follower = await Follower.ConnectAsync(await panel.ConnectAsync());

        await follower.UntilAsync(f => !f.Client.Screen.Frame.Pixels.AsSpan().ContainsAnyExcept(Red), "a red screen");

        Assert.Equal(("VC Project 'Visu'", "003.003", "none"), (follower.Client.Name, follower.Client.Version, follower.Client.Security));
    }

    [Theory]
    [InlineData("RFB 003.003\n", "RFB 003.003\n")]
    [InlineData("RFB 003.005\n", "RFB 003.003\n")]
    [InlineData("RFB 003.006\n", "RFB 003.003\n")]
    [InlineData("RFB 003.007\n", "RFB 003.007\n")]
    [InlineData("RFB 003.008\n", "RFB 003.008\n")]
    [InlineData("RFB 003.889\n", "RFB 003.008\n")]
    [InlineData("RFB 004.001\n", "RFB 003.008\n")]
    [InlineData("RFB 005.000\n", "RFB 003.008\n")]
    public async Task Every_version_is_answered_by_one_that_the_server_knows(string says, string answer)
    {
        await using var panel = new FakePanel(async c =>
        {
            await c.SayAsync(says);
            Assert.Equal(answer, System.Text.Encoding.ASCII.GetString(await c.HearAsync(12)));
            if (answer == "RFB 003.003\n")
            {
                await c.SayAsync(0, 0, 0, 2);
            }
            else
            {
                await c.SayAsync(1, 2);
                Assert.Equal([2], await c.HearAsync(1));
            }

            await c.SayAsync(Challenge);
            await c.HearAsync(16);
            await c.SayAsync(0, 0, 0, 0);
            await c.DescribeAsync(64, 48, PixelFormat.Bgrx, "Panel");
            await c.ListenAsync();
        });

        await using var follower = await Follower.ConnectAsync(await panel.ConnectAsync(), new RfbClientOptions { Password = "1234567" });

        Assert.Equal(says[4..11], follower.Client.Version);
    }

    [Theory]
    [InlineData("1234567", true)]
    [InlineData("12345678", true)]
    [InlineData("123456789", true)]
    [InlineData("1234568", false)]
    public async Task A_panel_with_a_view_and_a_control_password_tells_them_apart(string password, bool accepted)
    {
        byte[][] right = [VncAuthentication.Response("1234567", Challenge), VncAuthentication.Response("12345678", Challenge)];
        await using var panel = new FakePanel(async c =>
        {
            await c.SayAsync("RFB 003.008\n");
            await c.HearAsync(12);
            await c.SayAsync(1, 2);
            await c.HearAsync(1);
            await c.SayAsync(Challenge);
            var answer = await c.HearAsync(16);
            if (!right.Any(r => r.SequenceEqual(answer)))
            {
                await c.SayAsync([0, 0, 0, 1, 0, 0, 0, 5, .. "wrong"u8]);
                return;
            }

            await c.SayAsync(0, 0, 0, 0);
            await c.DescribeAsync(64, 48, PixelFormat.Bgrx, "Panel");
            await c.ListenAsync();
        });
        var options = new RfbClientOptions { Password = password };

        if (accepted)
        {
            await using var follower = await Follower.ConnectAsync(await panel.ConnectAsync(), options);
            return;
        }

        var failure = await FailureAsync(panel, options);
        Assert.Equal(RfbFailureKind.PasswordWrong, failure.Kind);
        Assert.Contains("\"wrong\"", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(password, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_password_is_a_weak_key_and_works()
    {
        // DES of zeros with the key of zeros.
        Assert.Equal("8CA64DE9C1B123A78CA64DE9C1B123A7", Convert.ToHexString(VncAuthentication.Response("", new byte[16])));
    }

    [Fact]
    public async Task A_Siemens_panel_that_forgets_to_offer_no_tunnel_is_signed_in_to_without_one()
    {
        await using var panel = new FakePanel(async c =>
        {
            await c.SayAsync("RFB 003.008\n");
            await c.HearAsync(12);
            await c.SayAsync(1, 16);
            await c.HearAsync(1);
            await c.SayAsync([0, 0, 0, 1, 0, 0, 0, 1, .. "SICRSCHANNEL"u8]);
            Assert.Equal([0, 0, 0, 0], await c.HearAsync(4));
            await c.SayAsync([0, 0, 0, 1, 0, 0, 0, 2, .. "STDVVNCAUTH_"u8]);
            Assert.Equal([0, 0, 0, 2], await c.HearAsync(4));
            await c.SayAsync(Challenge);
            Assert.Equal(VncAuthentication.Response("siemens", Challenge), await c.HearAsync(16));
            await c.SayAsync(0, 0, 0, 0);
            await c.DescribeAsync(64, 48, PixelFormat.Rgb565, "Comfort panel");
            await c.SayAsync([0, 1, 0, 0, 0, 1, 0, 0, .. new byte[32]]);
            await c.HearRequestAsync();
            await c.SayAsync(Rfb.Update(Rfb.Rectangle(0, 0, 64, 48, RfbEncoding.Rre, 0, 0, 0, 0, 0x00, 0xF8)));
            await c.ListenAsync();
        });

        await using var follower = await Follower.ConnectAsync(await panel.ConnectAsync(), new RfbClientOptions { Password = "siemens" });

        await follower.UntilAsync(f => !f.Client.Screen.Frame.Pixels.AsSpan().ContainsAnyExcept(Red), "a red screen");
        Assert.Equal("VNC password, not encrypted", follower.Client.Security);
    }

    [Fact]
    public async Task A_tunnel_that_is_not_known_is_named()
    {
        await using var panel = new FakePanel(async c =>
        {
            await c.SayAsync("RFB 003.008\n");
            await c.HearAsync(12);
            await c.SayAsync(1, 16);
            await c.HearAsync(1);
            await c.SayAsync([0, 0, 0, 1, 0, 0, 0, 9, .. "ABCDTUNNELXX"u8]);
            await c.ListenAsync();
        });

        var failure = await FailureAsync(panel, new RfbClientOptions());

        Assert.Equal(RfbFailureKind.SecurityUnsupported, failure.Kind);
        Assert.Contains("ABCDTUNNELXX", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(13)]
    [InlineData(129)]
    [InlineData(130)]
    [InlineData(133)]
    [InlineData(192)]
    public async Task RealVNCs_own_security_is_named_with_what_to_change(byte type)
    {
        await using var panel = new FakePanel(async c =>
        {
            await c.SayAsync("RFB 005.000\n");
            await c.HearAsync(12);
            await c.SayAsync(1, type);
            await c.ListenAsync();
        });

        var failure = await FailureAsync(panel, new RfbClientOptions { Password = "secret" });

        Assert.Equal(RfbFailureKind.SecurityUnsupported, failure.Kind);
        Assert.Contains("RealVNC", failure.Message, StringComparison.Ordinal);
        Assert.Contains("VNC password", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_panel_that_dies_when_asked_for_other_pixels_lives_when_it_is_not()
    {
        await using var panel = new FakePanel(async c =>
        {
            await c.GreetAsync(format: PixelFormat.Rgb565);
            for (var first = true; ; first = false)
            {
                if ((await c.HearRequestAsync()).Contains((byte)0))
                {
                    return;
                }

                await c.SayAsync(Rfb.Update(first ? [Rfb.Rectangle(0, 0, 64, 48, RfbEncoding.Raw, [.. Enumerable.Repeat(new byte[] { 0x00, 0xF8 }, 64 * 48).SelectMany(b => b)])] : []));
            }
        });
        await using (var follower = await Follower.ConnectAsync(await panel.ConnectAsync()))
        {
            await follower.UntilAsync(f => !f.Client.Screen.Frame.Pixels.AsSpan().ContainsAnyExcept(Red), "a red screen");
        }

        await using var unlucky = await Follower.ConnectAsync(await panel.ConnectAsync(), new RfbClientOptions { AskedFormat = PixelFormat.Bgrx });

        Assert.Equal(RfbFailureKind.Closed, (await unlucky.FailureAsync()).Kind);
    }

    [Fact]
    public async Task A_second_client_is_told_that_the_panel_serves_one()
    {
        var clients = 0;
        await using var panel = new FakePanel(async c =>
        {
            if (++clients > 2)
            {
                return;
            }

            await c.SayAsync("RFB 003.008\n");
            await c.HearAsync(12);
            await c.SayAsync([0, .. Rfb.U32(17), .. "Too many clients\u0007"u8]);
        });

        var refused = await FailureAsync(panel, new RfbClientOptions());
        Assert.Equal(RfbFailureKind.Refused, refused.Kind);
        Assert.Contains("\"Too many clients\"", refused.Message, StringComparison.Ordinal);
        await FailureAsync(panel, new RfbClientOptions());
        var hungUp = await FailureAsync(panel, new RfbClientOptions());
        Assert.Equal(RfbFailureKind.Closed, hungUp.Kind);
        Assert.Contains("one client", hungUp.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Updates_that_nobody_asked_for_and_empty_ones_are_taken()
    {
        await using var panel = new FakePanel(async c =>
        {
            await c.GreetAsync();
            await c.SayAsync(Rfb.Update());
            await c.SayAsync(Rfb.Update(Rfb.Rectangle(0, 0, 0, 0, RfbEncoding.Raw)));
            await c.SayAsync(2);
            await c.SayAsync([3, 0, 0, 0, 0, 0, 0, 3, .. "a\u00E9b"u8[..1], 0xE9, .. "b"u8]);
            for (var y = 0; y < 48; y++)
            {
                await c.SayAsync(Rfb.Update(Rfb.Rectangle(0, y, 64, 1, RfbEncoding.CoRre, 0, 0, 0, 0, 0, 0, 255, 0)));
            }

            await c.ListenAsync();
        });
        await using var follower = await Follower.ConnectAsync(await panel.ConnectAsync());

        await follower.UntilAsync(f => !f.Client.Screen.Frame.Pixels.AsSpan().ContainsAnyExcept(Red), "a red screen");

        lock (follower.Events)
        {
            Assert.Contains(follower.Events, e => e.Kind == RfbEventKind.Bell);
            Assert.Contains(follower.Events, e => e is { Kind: RfbEventKind.CutText, Text: "aéb" });
        }
    }

    [Fact]
    public async Task A_screen_that_is_sent_again_unchanged_is_no_change()
    {
        await using var panel = new FakePanel(async c =>
        {
            await c.GreetAsync();
            while (true)
            {
                await c.HearRequestAsync();
                await c.SayAsync(Rfb.Update(Rfb.Rectangle(0, 0, 64, 48, RfbEncoding.Raw, [.. Enumerable.Repeat((byte)7, 64 * 48 * 4)])));
            }
        });
        await using var follower = await Follower.ConnectAsync(await panel.ConnectAsync());
        using var subscription = follower.Client.Screen.Subscribe();
        await follower.UntilAsync(f => f.Events.Count > 3, "updates");
        List<ScreenRect> damage = [];
        subscription.Take(damage);

        await follower.UntilAsync(f => f.Events.Count > 6, "more updates");

        subscription.Take(damage);
        Assert.Empty(damage);
        lock (follower.Events)
        {
            Assert.DoesNotContain(follower.Events.Skip(1), e => e.Changed);
        }
    }

    [Fact]
    public async Task Silence_ends_the_attempt_after_its_time()
    {
        await using var panel = new FakePanel(c => c.ListenAsync());

        var failure = await FailureAsync(panel, new RfbClientOptions { HandshakeTimeout = TimeSpan.FromMilliseconds(200) });

        Assert.Equal(RfbFailureKind.TimedOut, failure.Kind);
        Assert.Contains("the greeting", failure.Message, StringComparison.Ordinal);
    }

    private static async Task<RfbFailure> FailureAsync(FakePanel panel, RfbClientOptions options)
    {
        var stream = await panel.ConnectAsync();
        return (await Assert.ThrowsAsync<RfbFailureException>(() => RfbClient.ConnectAsync(stream, options, TimeProvider.System, CancellationToken.None))).Failure;
    }
}
