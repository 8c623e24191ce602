namespace Belong.ConsentService.Dev.Seeding;

/// <summary>What to seed; names the writes, so that a repetition is recognised.</summary>
internal sealed record SeedPlan(int Seed, int Members)
{
    public const string RegisterKey = "seed-register-1";

    public string ImportKey => $"seed-{Seed}-members-{Members}";

    public string ErasureKey(string memberId) => $"seed-{Seed}-erase-{memberId}";
}
