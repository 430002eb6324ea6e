namespace Sallyport.Portal.Tests.Support;

/// <summary>One cluster for every test class that wants a database in it.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresCollection : ICollectionFixture<PostgresCluster>
{
    public const string Name = "postgres";
}
