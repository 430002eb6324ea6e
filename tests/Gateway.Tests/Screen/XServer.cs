using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Tests.Screen;

/// <summary>A real Xvnc with a display and a port of its own, what can be drawn on it, and what it shows.</summary>
internal sealed class XServer : IAsyncDisposable
{
    private const int LongestStart = 15_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("sallyport-xvnc").FullName;
    private readonly List<Process> _processes = [];

    public int Port { get; private set; }

    public string Display { get; private set; } = "";

    /// <summary>SHA-256 of the certificate's key, base64.</summary>
    public string CertificatePin { get; private set; } = "";

    public static async Task<XServer> StartAsync(string securityTypes = "None", string? password = null, int width = 640, int height = 480, int depth = 24, params string[] options)
    {
        var server = new XServer { Port = FreePort.Next() };
        try
        {
            await server.RunAsync(securityTypes, password, $"{width}x{height}", depth, options);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A display without a VNC server of its own, and of depths that Xvnc does not have.</summary>
    public static async Task<XServer> StartXvfbAsync(int width, int height, int depth)
    {
        var server = new XServer();
        try
        {
            await server.StartDisplayAsync("Xvfb", ["-displayfd", "1", "-screen", "0", $"{width}x{height}x{depth}", "-nolisten", "tcp", "-ac"]);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A second server, x11vnc, that serves the same display by other code.</summary>
    public async Task<int> StartX11VncAsync(params string[] options)
    {
        var port = FreePort.Next();
        Start("x11vnc", ["-display", Display, "-rfbport", $"{port}", "-localhost", "-forever", "-quiet", "-noipv6", .. options]);
        await ListeningAsync(port);
        return port;
    }

    public async Task<Stream> ConnectAsync(int? port = null)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, port ?? Port);
        return client.GetStream();
    }

    /// <summary>Shows a picture in a window without a frame at the top left.</summary>
    public async Task ShowAsync(int width, int height, uint[] pixels)
    {
        var path = Path.Combine(_folder, "picture.xwd");
        await File.WriteAllBytesAsync(path, XwdImage.Write(width, height, pixels));
        Start("xwud", ["-in", path, "-geometry", "+0+0"]);
    }

    public async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        _processes.Remove(process);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    public Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DISPLAY"] = Display;
        var process = Process.Start(start)!;
        _ = process.StandardOutput.ReadToEndAsync();
        _ = process.StandardError.ReadToEndAsync();
        _processes.Add(process);
        return process;
    }

    /// <summary>A window over everything that logs the keys and buttons that reach it.</summary>
    public InputLog LogInput()
    {
        var start = new ProcessStartInfo("xev", ["-geometry", "3000x2000+0+0", "-event", "keyboard", "-event", "button"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DISPLAY"] = Display;
        var process = Process.Start(start)!;
        _processes.Add(process);
        return new InputLog(process);
    }

    /// <summary>What the display's clipboard holds; empty when it is empty.</summary>
    public async Task<string> ClipboardAsync()
    {
        var start = new ProcessStartInfo("xclip", ["-o", "-selection", "clipboard", "-t", "UTF8_STRING"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DISPLAY"] = Display;
        using var process = Process.Start(start)!;
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return text;
    }

    /// <summary>Somebody at the display copies a text.</summary>
    public async Task CopyAsync(string text)
    {
        var start = new ProcessStartInfo("xclip", ["-i", "-quiet", "-selection", "clipboard"]) { RedirectStandardInput = true, RedirectStandardError = true };
        start.Environment["DISPLAY"] = Display;
        var process = Process.Start(start)!;
        _processes.Add(process);
        await process.StandardInput.WriteAsync(text);
        process.StandardInput.Close();
    }

    /// <summary>Ends the programs of that name that were started here.</summary>
    public void Kill(string program)
    {
        foreach (var process in _processes.Where(p => p.StartInfo.FileName == program))
        {
            process.Kill();
        }
    }

    /// <summary>What the X server itself says that it shows.</summary>
    public async Task<(int Width, int Height, uint[] Pixels)> ScreenshotAsync()
    {
        var path = Path.Combine(_folder, $"{Guid.NewGuid()}.xwd");
        await RunAsync("xwd", "-root", "-silent", "-out", path);
        return XwdImage.Read(await File.ReadAllBytesAsync(path));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_processes))
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync();
            }

            process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task RunAsync(string securityTypes, string? password, string geometry, int depth, string[] options)
    {
        List<string> arguments =
        [
            "-displayfd", "1", "-rfbport", $"{Port}", "-localhost", "-geometry", geometry, "-depth", $"{depth}", "-SecurityTypes", securityTypes, "-ac", "-nolisten", "tcp",
            "-desktop", "Test desktop", "-BlacklistThreshold", "1000", .. options,
        ];
        if (password is not null)
        {
            await File.WriteAllBytesAsync($"{_folder}/password", Obfuscate(password));
            arguments.AddRange(["-rfbauth", $"{_folder}/password"]);
        }

        if (securityTypes.Contains("X509", StringComparison.Ordinal))
        {
            await WriteCertificateAsync();
            arguments.AddRange(["-X509Cert", $"{_folder}/cert.pem", "-X509Key", $"{_folder}/key.pem"]);
        }

        await StartDisplayAsync("Xtigervnc", arguments);
        await ListeningAsync(Port);
    }

    private async Task StartDisplayAsync(string program, List<string> arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _processes.Add(process);
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(LongestStart);
        Display = $":{await process.StandardOutput.ReadLineAsync(limit.Token)}";
        Assert.True(Display.Length > 1, process.HasExited ? await errors : $"{program} gave no display.");
    }

    private async Task WriteCertificateAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=panel", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await File.WriteAllTextAsync($"{_folder}/cert.pem", certificate.ExportCertificatePem());
        await File.WriteAllTextAsync($"{_folder}/key.pem", key.ExportPkcs8PrivateKeyPem());
        CertificatePin = Convert.ToBase64String(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
    }

    // VNC's password files are encrypted with a key that everybody knows.
    private static byte[] Obfuscate(string password)
    {
        byte[] reversed = [0xE8, 0x4A, 0xD6, 0x60, 0xC4, 0x72, 0x1A, 0xE0];
        var plain = new byte[8];
        System.Text.Encoding.Latin1.GetBytes(password.AsSpan(0, Math.Min(8, password.Length)), plain);
#pragma warning disable CA5351
        using var des = DES.Create();
#pragma warning restore CA5351
        des.Key = reversed;
        return des.EncryptEcb(plain, PaddingMode.None);
    }

    private static async Task ListeningAsync(int port)
    {
        for (var waited = 0; ; waited += 50)
        {
            try
            {
                // A connection would count as a client, so it is only looked for.
                if ((await File.ReadAllTextAsync("/proc/net/tcp")).Contains($"0100007F:{port:X4} 00000000:0000 0A", StringComparison.Ordinal))
                {
                    return;
                }
            }
            catch (IOException)
            {
                // It changed while it was read.
            }

            Assert.True(waited < LongestStart, $"Nothing listens at port {port}.");
            await Task.Delay(50);
        }
    }
}

/// <summary>What xev says of the input that it gets.</summary>
internal sealed class InputLog
{
    private readonly System.Text.StringBuilder _log = new();

    public InputLog(Process xev)
    {
        xev.OutputDataReceived += (_, line) =>
        {
            lock (_log)
            {
                _log.AppendLine(line.Data);
            }
        };
        xev.BeginOutputReadLine();
    }

    public bool Contains(string what) => Count(what) > 0;

    public int Count(string what) => ToString().Split(what).Length - 1;

    public override string ToString()
    {
        lock (_log)
        {
            return _log.ToString();
        }
    }
}

/// <summary>The files of xwd and xwud: a head of 25 numbers, a name, colours, pixels.</summary>
internal static class XwdImage
{
    private const int HeadLength = 100;
    private const int ColourLength = 12;

    public static byte[] Write(int width, int height, uint[] pixels)
    {
        uint[] head = [HeadLength + 1, 7, 2, 24, (uint)width, (uint)height, 0, 0, 32, 0, 32, 32, (uint)width * 4, 4, 0xFF0000, 0xFF00, 0xFF, 8, 256, 0, (uint)width, (uint)height, 0, 0, 0];
        var file = new byte[HeadLength + 1 + (pixels.Length * 4)];
        for (var i = 0; i < head.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(4 * i), head[i]);
        }

        for (var i = 0; i < pixels.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(HeadLength + 1 + (4 * i)), pixels[i] & 0xFFFFFF);
        }

        return file;
    }

    public static (int Width, int Height, uint[] Pixels) Read(byte[] file)
    {
        var (width, height, bits, stride) = (Number(4), Number(5), Number(11), Number(12));
        var bigEndian = Number(7) == 1;
        var colours = new Dictionary<uint, uint>();
        for (var (i, at) = (0, Number(0)); i < Number(19); i++, at += ColourLength)
        {
            var colour = file.AsSpan(at);
            colours[BinaryPrimitives.ReadUInt32BigEndian(colour)] = ScreenFrame.Opaque | ((uint)colour[4] << 16) | ((uint)colour[6] << 8) | colour[8];
        }

        var (red, green, blue) = ((uint)Number(14), (uint)Number(15), (uint)Number(16));
        var pixels = new uint[width * height];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var bytes = file.AsSpan(Number(0) + (Number(19) * ColourLength) + (y * stride) + (x * bits / 8));
                var value = bits switch
                {
                    8 => bytes[0],
                    16 => bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes),
                    _ => bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes),
                };
                pixels[(y * width) + x] = red == 0 || red == green ? colours[value] : ScreenFrame.Opaque | (Channel(value, red) << 16) | (Channel(value, green) << 8) | Channel(value, blue);
            }
        }

        return (width, height, pixels);

        int Number(int index) => BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(4 * index));

        static uint Channel(uint value, uint mask)
        {
            var max = mask >> System.Numerics.BitOperations.TrailingZeroCount(mask);
            return (((value & mask) >> System.Numerics.BitOperations.TrailingZeroCount(mask)) * 255 + (max / 2)) / max;
        }
    }
}
