using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Link;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Tests.Screen.Sessions;
using Sallyport.Recording;

namespace Sallyport.Gateway.Tests.Sessions.RawPort;

/// <summary>A protocol that is added by one folder and one registration is opened by ticket, recorded, scanned and ended as all others.</summary>
public sealed class RawPortTests : IAsyncLifetime
{
    private readonly TcpListener _asset = new(IPAddress.Loopback, 0);
    private ScreenGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        _asset.Start();
        _gateway = await ScreenGateway.StartAsync(((IPEndPoint)_asset.LocalEndpoint).Port, kind: ServiceKind.Tcp, add: services => services.AddSingleton<ISessionProtocol, RawPortProtocol>());
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        _asset.Dispose();
    }

    [Fact]
    public async Task Bytes_pass_both_ways_and_are_recorded_and_the_end_is_told()
    {
        await using var browser = await ScreenBrowser.ConnectAsync(_gateway.Origin, "/raw");
        await browser.SayAsync(SessionMessages.Open, new OpenMessage(_gateway.NewTicket(Guid.NewGuid()), 0, 0));
        using var asset = await _asset.AcceptTcpClientAsync();
        var opened = await browser.OpenedAsync();

        await browser.SendAsync([RawPortProtocol.Bytes, .. "status?\r"u8]);
        var asked = new byte[8];
        await asset.GetStream().ReadExactlyAsync(asked);
        await asset.GetStream().WriteAsync("ready\r"u8.ToArray());
        await ScreenGateway.UntilAsync(() => browser.Messages.Any(message => message.Type == RawPortProtocol.Bytes), "the answer");
        var recorded = await _gateway.RecordingAsync(opened.SessionId);
        var ended = await browser.HeardAsync<EndedMessage>(SessionMessages.Ended);

        Assert.Equal("status?\r", Encoding.ASCII.GetString(asked));
        Assert.Equal("ready\r", Encoding.ASCII.GetString(browser.Messages.First(message => message.Type == RawPortProtocol.Bytes).Body));
        Assert.Equal([(RecordingEventKind.Input, "status?\r"), (RecordingEventKind.Output, "ready\r")], recorded.Where(e => e.Kind is RecordingEventKind.Input or RecordingEventKind.Output).Select(e => (e.Kind, Encoding.ASCII.GetString(e.Payload))));
        Assert.Equal("The test is over.", ended.Message);
    }

    [Fact]
    public async Task A_scan_reaches_the_protocol_of_its_kind_and_no_other()
    {
        var commands = _gateway.Services.GetRequiredService<IPortalCommands>();

        Assert.Equal("A raw port shows no key.", (await commands.ScanAsync(new HostKeyScan(Guid.NewGuid(), "127.0.0.1", 1, ServiceKind.Tcp), default)).Error);
        Assert.Equal("Services of this kind show no key.", (await commands.ScanAsync(new HostKeyScan(Guid.NewGuid(), "127.0.0.1", 1, ServiceKind.Rdp), default)).Error);
    }

    [Fact]
    public async Task A_ticket_for_another_kind_is_refused()
    {
        await using var browser = await ScreenBrowser.ConnectAsync(_gateway.Origin);
        await browser.SayAsync(SessionMessages.Open, new OpenMessage(_gateway.NewTicket(Guid.NewGuid()), 0, 0));

        Assert.Equal("ticket_refused", (await browser.HeardAsync<RefusedMessage>(SessionMessages.Refused)).Error);
    }
}
