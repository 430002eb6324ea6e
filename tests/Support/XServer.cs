using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Sallyport.Tests.Support;

/// <summary>A real Xvnc with a display and a port of its own, what can be drawn on it, and what it shows.</summary>
public sealed class XServer : IAsyncDisposable
{
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

    /// <summary>Runs a program of the repository, in Tcl/Tk, and waits until something of it is to be seen.</summary>
    /// <param name="path">From the repository's root.</param>
    public async Task ShowProgramAsync(string path)
    {
        Start("wish", RepositoryRoot.Combine(path));
        await Eventually.HoldsAsync($"{path} is to be seen", async () => (await ScreenshotAsync()).Pixels.Distinct().Skip(1).Any());
    }

    public async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        _processes.Remove(process);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} failed with {process.ExitCode}.");
        }
    }

    public Process Start(string program, params string[] arguments)
    {
        var process = StartHere(program, arguments);
        process.BeginOutputReadLine();
        return process;
    }

    /// <summary>A window over everything that logs the keys and buttons that reach it.</summary>
    public InputLog LogInput() => new(StartHere("xev", "-geometry", "3000x2000+0+0", "-event", "keyboard", "-event", "button"));

    /// <summary>What the display's clipboard holds; empty when it is empty.</summary>
    public async Task<string> ClipboardAsync()
    {
        using var process = StartHere("xclip", "-o", "-selection", "clipboard", "-t", "UTF8_STRING");
        _processes.Remove(process);
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return text;
    }

    /// <summary>Somebody at the display copies a text.</summary>
    public async Task CopyAsync(string text)
    {
        var process = StartHere("xclip", "-i", "-quiet", "-selection", "clipboard");
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
            await Children.StopAsync(process);
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
            using var certificate = await SelfSigned.WriteAsync("panel", _folder);
            CertificatePin = SelfSigned.PinOf(certificate);
            arguments.AddRange(["-X509Cert", $"{_folder}/cert.pem", "-X509Key", $"{_folder}/key.pem"]);
        }

        await StartDisplayAsync("Xtigervnc", arguments);
        await ListeningAsync(Port);
    }

    private async Task StartDisplayAsync(string program, List<string> arguments)
    {
        var process = Children.Start(program, arguments, quiet: true);
        _processes.Add(process);
        using var limit = new CancellationTokenSource(Eventually.Patience);
        Display = await process.StandardOutput.ReadLineAsync(limit.Token) is { } display ? $":{display}" : throw new InvalidOperationException($"{program} gave no display.");
    }

    private Process StartHere(string program, params IEnumerable<string> arguments)
    {
        var process = Children.Start(program, arguments, new Dictionary<string, string>(StringComparer.Ordinal) { ["DISPLAY"] = Display }, quiet: true);
        _processes.Add(process);
        return process;
    }

    // VNC's password files are encrypted with a key that everybody knows.
    private static byte[] Obfuscate(string password)
    {
        byte[] reversed = [0xE8, 0x4A, 0xD6, 0x60, 0xC4, 0x72, 0x1A, 0xE0];
        var plain = new byte[8];
        Encoding.Latin1.GetBytes(password.AsSpan(0, Math.Min(8, password.Length)), plain);
#pragma warning disable CA5351
        using var des = DES.Create();
#pragma warning restore CA5351
        des.Key = reversed;
        return des.EncryptEcb(plain, PaddingMode.None);
    }

    // A connection would count as a client, so it is only looked for.
    private static Task ListeningAsync(int port) => Eventually.HoldsAsync(
        $"an X server listens at port {port}",
        async () =>
        {
            try
            {
                return (await File.ReadAllTextAsync("/proc/net/tcp")).Contains($"0100007F:{port:X4} 00000000:0000 0A", StringComparison.Ordinal);
            }
            catch (IOException)
            {
                // It changed while it was read.
                return false;
            }
        });
}
