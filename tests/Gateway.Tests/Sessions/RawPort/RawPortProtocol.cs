using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Routing;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Sessions;
using Sallyport.Recording;

namespace Sallyport.Gateway.Tests.Sessions.RawPort;

/// <summary>A whole protocol, as docs/adding-a-protocol.md shows it: the bytes of one TCP port, recorded.</summary>
internal sealed class RawPortProtocol : ISessionProtocol
{
    /// <summary>Its only message, both ways.</summary>
    public const byte Bytes = 0x60;

    public ServiceKind Kind => ServiceKind.Tcp;

    public void Map(IEndpointRouteBuilder endpoints) => endpoints.MapSessionSocket<RawPortHandler>("/raw");

    public Task<HostKeyScanResult> ScanAsync(HostKeyScan scan, CancellationToken cancellationToken) => Task.FromResult(new HostKeyScanResult(null, null, null, "A raw port shows no key."));
}

internal sealed class RawPortHandler(SessionOpener opener) : IBrowserHandler
{
    private RawPortSession? _session;

    public async ValueTask<bool> BeginAsync(BrowserConnection browser, byte type, ReadOnlyMemory<byte> body, string? clientAddress, CancellationToken cancellationToken)
    {
        var ticket = type == SessionMessages.Open ? SessionMessages.Read<OpenMessage>(body.Span)?.Ticket : null;
        var opened = await opener.OpenAsync(ticket ?? "", ServiceKind.Tcp, clientAddress, RawPortSession.ConnectAsync, cancellationToken);
        _session = opened.Session;
        return _session is null ? browser.Refuse(opened.Refusal!) : _session.Attach(browser);
    }

    public async ValueTask<bool> HandleAsync(BrowserConnection browser, byte type, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        await (type == RawPortProtocol.Bytes ? _session!.SendAsync(body, cancellationToken) : ValueTask.CompletedTask);
        return type == RawPortProtocol.Bytes;
    }

    public void Left(BrowserConnection browser) => _session?.Detach(browser);
}

internal sealed class RawPortSession(SessionContext context, TcpClient asset) : BrokeredSession(context)
{
    private readonly AttachedBrowser _browser = new(context.Time);

    // While a browser does not take it, nothing more is read from the asset.
    private readonly Channel<byte[]> _printed = Channel.CreateBounded<byte[]>(16);

    protected override TimeSpan? Unattended => _browser.DetachedFor;

    public static async Task<RawPortSession> ConnectAsync(SessionContext context, CancellationToken cancellationToken)
    {
        var asset = new TcpClient();
        try
        {
            await asset.ConnectAsync(context.Order.Address, context.Order.Port, cancellationToken);
        }
        catch (SocketException e)
        {
            throw new AssetFailureException(SessionEndReason.AssetLost, "Nothing listens at the asset's port.", e);
        }

        return new RawPortSession(context, asset);
    }

    public bool Attach(BrowserConnection browser)
    {
        browser.Send(SessionMessages.Json(SessionMessages.Opened, new OpenedMessage(Id, _browser.Attach(browser), EndsAt, Time.GetUtcNow(), Order.Asset.Name, Order.Plant.Name, Order.Service.Name, Order.User.Name)));
        browser.Begin(new Printed(_printed.Reader));
        return true;
    }

    public void Detach(BrowserConnection browser) => _browser.Detach(browser);

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        TouchInput();
        await RecordAsync(RecordingEventKind.Input, bytes);
        await asset.GetStream().WriteAsync(bytes, cancellationToken);
    }

    protected override async Task RelayAsync()
    {
        var buffer = new byte[16 * 1024];
        while (await asset.GetStream().ReadAsync(buffer, Ending) is > 0 and var read)
        {
            await RecordAsync(RecordingEventKind.Output, buffer.AsMemory(0, read));
            await _printed.Writer.WriteAsync([RawPortProtocol.Bytes, .. buffer.AsSpan(0, read)], Ending);
        }
    }

    protected override void Disconnect() => asset.Dispose();

    protected override Task NotifyEndedAsync(EndedMessage ended) => Task.WhenAll(_browser.FinishAsync(SessionMessages.Json(SessionMessages.Ended, ended)), base.NotifyEndedAsync(ended));

    private sealed class Printed(ChannelReader<byte[]> messages) : IBrowserStream
    {
        public ReadOnlyMemory<byte> Next() => messages.TryRead(out var message) ? message : default;

        public Task MoreAsync() => messages.WaitToReadAsync().AsTask();
    }
}
