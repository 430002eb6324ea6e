using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Sallyport.Hub.Tests.Support;

/// <summary>A network namespace, and sockets that stand in it.</summary>
internal sealed partial class Place(string name)
{
    private const int NetworkNamespaceType = 0x40000000;

    public string Name => name;

    public Task<string> RunAsync(string command) => Shell.RunAsync($"ip netns exec {name} {command}");

    /// <summary>Connects and gives the line that the other side greets with.</summary>
    /// <exception cref="IOException">Nothing answered within the time.</exception>
    public async Task<Flow> ConnectAsync(string address, int port, double seconds = 20, string? from = null)
    {
        var socket = await SocketAsync(SocketType.Stream, ProtocolType.Tcp);
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            if (from is not null)
            {
                socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
            }

            await socket.ConnectAsync(IPAddress.Parse(address), port, timeout.Token);
            var flow = new Flow(socket);
            await flow.GreetedAsync(timeout.Token);
            return flow;
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException)
        {
            socket.Dispose();
            throw new IOException($"{name} → {address}:{port}: {e.Message}", e);
        }
    }

    /// <summary>Whether somebody greets there within the time. A closed path is silent, so "no" takes that long.</summary>
    /// <param name="seconds">No less: who is not answered asks again after one second (RFC 6298, section 2.1), and one packet may get lost.</param>
    public async Task<bool> ReachesAsync(string address, int port, double seconds = 1.5, string? from = null)
    {
        try
        {
            using var flow = await ConnectAsync(address, port, seconds, from);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public async Task<GreetingServer> ListenAsync(int port, string greeting)
    {
        var socket = await SocketAsync(SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(new IPEndPoint(IPAddress.Any, port));
        socket.Listen();
        return new GreetingServer(socket, greeting);
    }

    public Task<Socket> SocketAsync(SocketType type, ProtocolType protocol)
    {
        // A socket belongs to the namespace that its thread was in when it was made; the thread ends with it.
        var made = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                using var handle = File.OpenHandle($"/run/netns/{name}");
                Marshal.ThrowExceptionForHR(SetNamespace((int)handle.DangerousGetHandle(), NetworkNamespaceType) == 0 ? 0 : Marshal.GetHRForLastWin32Error());
                made.SetResult(new Socket(AddressFamily.InterNetwork, type, protocol));
            }
            catch (Exception e)
            {
                made.SetException(e);
            }
        }).Start();
        return made.Task;
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int descriptor, int type);
}

/// <summary>A connection that was greeted.</summary>
internal sealed class Flow(Socket socket) : IDisposable
{
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);

    public string Greeting { get; private set; } = "";

    public async Task GreetedAsync(CancellationToken cancellationToken) => Greeting = await ReadLineAsync(cancellationToken);

    /// <summary>Sends a line and waits for its echo.</summary>
    public async Task<bool> AnswersAsync(double seconds = 20)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            var line = Guid.NewGuid().ToString("N");
            await _stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\n"), timeout.Token);
            while (await ReadLineAsync(timeout.Token) != line)
            {
            }

            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            return false;
        }
    }

    /// <summary>Has the other side send a byte every few milliseconds.</summary>
    public Task AskForPushesAsync() => _stream.WriteAsync("push\n"u8.ToArray()).AsTask();

    /// <summary>Whether anything more comes from the other side within the time.</summary>
    public async Task<bool> HearsAsync(double seconds)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            return await _stream.ReadAsync(new byte[1], timeout.Token) > 0;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            return false;
        }
    }

    /// <summary>Throws away what has arrived already.</summary>
    public void Drain()
    {
        var buffer = new byte[65536];
        while (socket.Available > 0)
        {
            _ = socket.Receive(buffer);
        }
    }

    public void Dispose() => _stream.Dispose();

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (await _stream.ReadAsync(one, cancellationToken) == 1)
        {
            if (one[0] == '\n')
            {
                return line.ToString();
            }

            line.Append((char)one[0]);
        }

        throw new IOException("The connection was closed.");
    }
}

/// <summary>Greets with its name and the address that the caller shows, then echoes lines; "push" makes it talk without end.</summary>
internal sealed class GreetingServer : IDisposable
{
    private readonly Socket _listener;
    private readonly string _greeting;
    private int _connections;

    public GreetingServer(Socket listener, string greeting)
    {
        (_listener, _greeting) = (listener, greeting);
        _ = AcceptAsync();
    }

    /// <summary>How many have ever got through.</summary>
    public int Connections => Volatile.Read(ref _connections);

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync();
                Interlocked.Increment(ref _connections);
                _ = ServeAsync(socket);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"{_greeting} {((IPEndPoint)socket.RemoteEndPoint!).Address}\n"));
            using var reader = new StreamReader(stream);
            while (await reader.ReadLineAsync() is { } line)
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\n"));
                while (line == "push")
                {
                    await stream.WriteAsync("."u8.ToArray());
                    await Task.Delay(20);
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The caller is gone.
        }
    }
}
