using System.Security.Cryptography;

namespace Belong.ConsentService.Database;

/// <summary>Names of generations: short, because every key of the cache carries one.</summary>
internal static class Generation
{
    private const string Base32 = "abcdefghijklmnopqrstuvwxyz234567";

    public static string New() => RandomNumberGenerator.GetString(Base32, 5);
}
