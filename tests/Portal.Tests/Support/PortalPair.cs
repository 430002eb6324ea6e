using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sallyport.Portal.Tests.Identity;

namespace Sallyport.Portal.Tests.Support;

/// <summary>Two portals of one installation: one database, one key folder and one public address, at which the first one stands.</summary>
public sealed class PortalPair(PostgresCluster cluster) : IAsyncLifetime
{
    public ShiftedTime Time { get; } = new();

    public PortalInstance First { get; private set; } = null!;

    public PortalInstance Second { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        First = await PortalInstance.StartAsync(cluster, new(CodeClient.Settings), builder =>
        {
            builder.WebHost.UseStaticWebAssets();
            builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Time));
        });
        Second = await First.StartSecondAsync();
    }

    /// <summary>A browser each of whose requests comes to the portal after the one before, as a load balancer sends them.</summary>
    /// <param name="order">Over and over.</param>
    public PortalBrowser NewBrowser(params PortalInstance[] order)
    {
        var next = -1;
        return new PortalBrowser(new Uri(First.Url), new SocketsHttpHandler
        {
            // A connection for each request.
            PooledConnectionLifetime = TimeSpan.Zero,
            ConnectCallback = async (context, cancellationToken) =>
            {
                var wanted = context.DnsEndPoint;
                var port = wanted.Port == new Uri(First.Url).Port ? order[Interlocked.Increment(ref next) % order.Length].Listener.Port : wanted.Port;
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
    }

    public async Task DisposeAsync()
    {
        await Second.DisposeAsync();
        await First.DisposeAsync();
    }
}
