using Belong.ConsentService.Lookup;

namespace Belong.ConsentService.Warming;

/// <summary>Reads of PostgreSQL in place of the cache, and some connections for them.</summary>
internal sealed class WarmUpDatabase(IServiceProvider services) : IWarmUpPart
{
    private const int Connections = 4;

    private readonly DatabaseReads _reads = services.GetRequiredService<DatabaseReads>();
    private readonly LookupSettings _settings = services.GetRequiredService<LookupSettings>();
    private readonly WarmUpQuestions _questions = new(services);

    public string Name => "reads of PostgreSQL";

    public TimeSpan Rest => TimeSpan.FromMilliseconds(20);

    public async Task RunAsync(CancellationToken cancellation)
    {
        var member = (await _questions.ReadMembersAsync(cancellation))[0];
        var count = Math.Min(Connections, _settings.MaxConcurrentDatabaseReads);
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => _reads.ReadAnewAsync(member, null, _settings.DatabaseTimeout, cancellation)));
    }
}
