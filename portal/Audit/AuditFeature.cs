namespace Sallyport.Portal.Audit;

public static class AuditFeature
{
    public static IServiceCollection AddAudit(this IServiceCollection services) =>
        services.AddSingleton<AuditLog>().AddSingleton<AuditVerifier>().AddSingleton<AuditSearch>()
            .AddSingleton<RepeatedEntries>().AddSingleton<RefusalAudit>().AddHostedService(provider => provider.GetRequiredService<RepeatedEntries>());
}
