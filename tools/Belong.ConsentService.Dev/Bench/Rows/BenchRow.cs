namespace Belong.ConsentService.Dev.Bench.Rows;

/// <summary>Something that is measured once in every round; it adds to the figures of the table.</summary>
internal interface IBenchRow
{
    public string Name { get; }

    /// <summary>Where its figures stand in the report.</summary>
    public string Section { get; }

    /// <summary>Before the first round: long enough that everything hot is compiled.</summary>
    public Task WarmUpAsync();

    public Task MeasureAsync();
}
