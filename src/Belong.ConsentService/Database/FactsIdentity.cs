namespace Belong.ConsentService.Database;

/// <summary>Which database the facts are in, as recorded: the generation names everything derived from it.</summary>
/// <param name="Generation">Five characters of base32, new whenever the database turns out to be another one.</param>
/// <param name="SystemIdentifier">Of the server at the time of recording.</param>
/// <param name="Timeline">Of the server at the time of recording: with the number of the table; it changes with a failover or a restore.</param>
public sealed record FactsIdentity(string Generation, string SystemIdentifier, string Timeline);

/// <summary>Which server answers now.</summary>
public sealed record ServerIdentity(string SystemIdentifier, string Timeline);
