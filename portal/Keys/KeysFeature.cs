namespace Sallyport.Portal.Keys;

public static class KeysFeature
{
    public static IServiceCollection AddKeys(this IServiceCollection services) =>
        services.AddSingleton<KeyFolder>().AddSingleton<CredentialSeal>();
}
