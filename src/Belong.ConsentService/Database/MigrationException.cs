namespace Belong.ConsentService.Database;

/// <summary>The schema of the database is not one that this version of the service can work with.</summary>
public sealed class MigrationException(string message) : Exception(message);
