namespace Sallyport.Portal.Identity;

/// <summary>Where codes and tokens may travel: over https, or within this machine.</summary>
internal static class TransportSecurity
{
    public static bool Is(Uri uri) => uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback);

    public static bool Is(string? text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && Is(uri);
}
