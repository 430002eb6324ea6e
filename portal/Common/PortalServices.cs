namespace Sallyport.Portal.Common;

/// <summary>Makes the portal's services without its web server, for a verb of the command line. The caller disposes the host.</summary>
internal delegate IHost PortalServices();
