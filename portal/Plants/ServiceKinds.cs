using Sallyport.Contracts;

namespace Sallyport.Portal.Plants;

/// <summary>What the portal has to know of a kind of service, wherever it is named.</summary>
/// <param name="Label">Of the kind, in a list.</param>
/// <param name="UsualName">What a new service of it is called until somebody says otherwise.</param>
/// <param name="UsualPort">Without further settings.</param>
/// <param name="PortHint">Beside the field.</param>
/// <param name="Pinned">What is pinned of its server, as people call it.</param>
/// <param name="IsWatchable">A running session can be looked at by others.</param>
/// <param name="HasPictures">Its recordings are pictures: they have thumbnails and can be made a video of.</param>
public sealed record ServiceKindInfo(ServiceKind Kind, string Label, string UsualName, int UsualPort, string PortHint, string Pinned, bool IsWatchable, bool HasPictures);

/// <summary>The kinds of service that can be brokered: a row each. What a kind has on a page is a component that the page's feature names.</summary>
public static class ServiceKinds
{
    public static readonly IReadOnlyList<ServiceKindInfo> All =
    [
        new(ServiceKind.Ssh, "Terminal (SSH)", "Terminal", 22, "mostly 22", "host key", IsWatchable: true, HasPictures: false),
        new(ServiceKind.Vnc, "Screen (VNC)", "Screen", 5900, "mostly 5900", "certificate", IsWatchable: true, HasPictures: true),
        new(ServiceKind.Web, "Web HMI (HTTP)", "Web HMI", 443, "443 with HTTPS, 80 without", "certificate", IsWatchable: false, HasPictures: false),
    ];

    /// <exception cref="InvalidOperationException">Services of this kind cannot be brokered.</exception>
    public static ServiceKindInfo Info(this ServiceKind kind) => All.Single(info => info.Kind == kind);
}
