using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net.Sockets;
using Renci.SshNet;
using Renci.SshNet.Common;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Terminal.Ssh;

/// <summary>
/// A shell on an asset. Output is a pipe: when its reader does not keep up, nothing more is read from the socket, and TCP makes
/// the asset wait. Input is a bounded queue the other way.
/// </summary>
public sealed class SshShell : IDisposable
{
    private const int MinRead = 4 * 1024;
    private const int MaxQueuedInput = 1024 * 1024;
    private const int MaxWrite = 32 * 1024;

    /// <summary>How long the thread that writes waits for more before it ends: an idle session has only the one that reads.</summary>
    private static readonly TimeSpan WriterLinger = TimeSpan.FromSeconds(5);

    private readonly Pipe _output = new(new PipeOptions(pauseWriterThreshold: 512 * 1024, resumeWriterThreshold: 256 * 1024, minimumSegmentSize: 16 * 1024, useSynchronizationContext: false));
    private readonly Lock _draining = new();
    private readonly ConcurrentQueue<ReadOnlyMemory<byte>> _input = new();
    private readonly SemaphoreSlim _inputRoom = new(MaxQueuedInput / MaxWrite, MaxQueuedInput / MaxWrite);
    private readonly ManualResetEventSlim _inputWaits = new(initialState: false, spinCount: 0);
    private readonly CancellationTokenSource _over = new();
    private readonly SshConnection _connection;
    private readonly string _name;
    private ShellStream? _stream;
    private long _size;
    private volatile bool _resized;
    private volatile bool _keepAlive;
    private int _writing;
    private bool _completed;
    private int _ended;

    private SshShell(SshConnection connection, string name, int columns, int rows) => (_connection, _name, _size) = (connection, name, Pack(columns, rows));

    /// <summary>What the asset prints; completes with the shell's end, or with an <see cref="AssetFailureException"/>.</summary>
    public PipeReader Output => _output.Reader;

    /// <summary>What encrypts and proves it, each once.</summary>
    public IReadOnlyList<string> Algorithms => _connection.Agreed;

    /// <param name="ask">Who answers what the asset asks beyond the credential; null: nobody.</param>
    /// <exception cref="AssetFailureException">The asset cannot be reached, is not the one it was, or refuses the credential.</exception>
    internal static async Task<SshShell> OpenAsync(SshDestination destination, AssetCredential credential, int columns, int rows, AskTechnician? ask, CancellationToken cancellationToken)
    {
        var shell = new SshShell(new SshConnection(destination, new SshSignIn(credential)), $"ssh {destination.Address}", columns, rows);
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        SshThread.Start(shell._name, () => shell.Open(opened, ask, cancellationToken));
        await opened.Task;
        return shell;
    }

    /// <summary>Waits while too much is queued already.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _over.Token);
        for (var rest = input; !rest.IsEmpty;)
        {
            await _inputRoom.WaitAsync(either.Token);
            var part = rest[..Math.Min(rest.Length, MaxWrite)];
            _input.Enqueue(part);
            rest = rest[part.Length..];
            WakeWriter();
        }
    }

    public void Resize(int columns, int rows)
    {
        Volatile.Write(ref _size, Pack(columns, rows));
        _resized = true;
        WakeWriter();
    }

    /// <summary>
    /// Has something pass although nobody types: firewalls on the way forget quiet connections and do not all count TCP's own probes, and
    /// some servers let nobody stay who says nothing.
    /// </summary>
    public void KeepAlive()
    {
        _keepAlive = true;
        WakeWriter();
    }

    public void Dispose()
    {
        End(null);
        _output.Reader.CancelPendingRead();
    }

    private static long Pack(int columns, int rows) => ((long)columns << 32) | (uint)rows;

    private static string WhyLost(Exception? e) => e switch
    {
        { InnerException: SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.HostUnreachable or SocketError.NetworkUnreachable } } =>
            "The asset no longer answers. It was switched off, or the way to it is broken.",
        null or SshConnectionException => "The asset closed the connection.",
        _ => "The asset's connection was lost: what it sent cannot be understood.",
    };

    private void Open(TaskCompletionSource opened, AskTechnician? ask, CancellationToken cancellationToken)
    {
        try
        {
            var size = Volatile.Read(ref _size);
            _stream = _connection.OpenShell((int)(size >> 32), (int)size, ask, cancellationToken);
        }
        catch (Exception e)
        {
            End(null);
            opened.SetException(e);
            return;
        }

        _stream.DataReceived += (_, _) => Drain();
        _stream.Closed += (_, _) => End(null);
        _ = EndWhenLostAsync();
        opened.SetResult();
        Drain();
        if (!_stream.CanWrite && !_connection.Lost.IsCompleted)
        {
            // The shell was closed before anybody listened.
            End(null);
        }
    }

    // On the thread that reads from the asset; and once on the one that opened the shell, for what came before anybody listened.
    private void Drain()
    {
        lock (_draining)
        {
            TakePrinted();
            if (!_over.IsCancellationRequested)
            {
                // While this waits, nothing is read from the asset. It is no thread of the pool's, and End frees it.
#pragma warning disable RS0030 // Its own thread is there to be blocked (docs/decisions/0013-ssh-net.md).
                _output.Writer.FlushAsync().AsTask().GetAwaiter().GetResult();
#pragma warning restore RS0030
            }
        }
    }

    private void TakePrinted()
    {
        while (!_completed && _stream is { DataAvailable: true })
        {
            _output.Writer.Advance(_stream.Read(_output.Writer.GetSpan(MinRead)));
        }
    }

    private async Task EndWhenLostAsync()
    {
        var e = await _connection.Lost;
        End(new AssetFailureException(SessionEndReason.AssetLost, WhyLost(e), e));
    }

    private void WakeWriter()
    {
        _inputWaits.Set();
        if (Interlocked.Exchange(ref _writing, 1) == 0)
        {
            SshThread.Start(_name, WriteInput);
        }
    }

    // Blocks while the asset does not take it: a thread of its own, and only while somebody types.
    private void WriteInput()
    {
        try
        {
            do
            {
                bool typed;
                do
                {
                    _inputWaits.Reset();
                    typed = WriteQueued();
                }
                while (_inputWaits.Wait(typed ? WriterLinger : TimeSpan.Zero, _over.Token));
                Interlocked.Exchange(ref _writing, 0);
            }
            while (_inputWaits.IsSet && Interlocked.Exchange(ref _writing, 1) == 0);
        }
        catch (Exception e) when (_over.IsCancellationRequested || e is SshException or SocketException or ObjectDisposedException)
        {
            // It is over, and SSH.NET in the middle of its own end may throw anything; whoever reads from the asset says why.
        }
    }

    // Whether there was anything but the connection to be kept.
    private bool WriteQueued()
    {
        var typed = _resized;
        if (_resized)
        {
            _resized = false;
            var size = Volatile.Read(ref _size);
            _stream!.ChangeWindowSize((uint)(size >> 32), (uint)size, 0, 0);
        }

        if (_keepAlive)
        {
            _keepAlive = false;
            _connection.KeepAlive();
        }

        while (_input.TryDequeue(out var part))
        {
            typed = true;
            _stream!.Write(part.Span);
            _inputRoom.Release();
        }

        _stream!.Flush();
        return typed;
    }

    private void End(AssetFailureException? failure)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return;
        }

        _over.Cancel();
        _output.Writer.CancelPendingFlush();
        SshThread.Start(_name, () =>
        {
            // After this no more is read from the asset; the thread that opened the shell may still be draining.
            _connection.Dispose();
            lock (_draining)
            {
                TakePrinted();
                _completed = true;
                _output.Writer.Complete(failure);
            }
        });
    }
}
