using Sallyport.Contracts.Links;
using Sallyport.Gateway.Link;
using Sallyport.Recording;

namespace Sallyport.Gateway.Sessions;

/// <summary>What a protocol is given to make a running session from: the recording is open, the asset not yet connected.</summary>
public sealed record SessionContext(SessionSpec Order, RecordingWriter Recording, PortalLink Link, SessionRegistry Registry, TimeProvider Time);
