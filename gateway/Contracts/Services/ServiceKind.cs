namespace Sallyport.Contracts;

/// <summary>One way into an asset. The protocol decides which part of the gateway brokers it.</summary>
public enum ServiceKind
{
    Ssh,
    Vnc,
    Rdp,
    Web,
    Tcp,
}
