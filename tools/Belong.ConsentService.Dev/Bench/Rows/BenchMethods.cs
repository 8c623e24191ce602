using Belong.ConsentService.Dev.Bench.Load;
using Belong.ConsentService.Dev.Bench.Report;
using Belong.ConsentService.Dev.Bench.Stage;

namespace Belong.ConsentService.Dev.Bench.Rows;

/// <summary>A unary method under measurement.</summary>
/// <param name="Id">Begins the ids of its rows.</param>
/// <param name="ReadProcessorTime">Of the process that answers.</param>
internal sealed record BenchMethod(string Id, string Title, Target Target, Func<TimeSpan> ReadProcessorTime);

internal static class BenchMethods
{
    /// <summary>Where the floor stands in the list; what stands behind it is compared with it.</summary>
    public const int Floor = 1;

    public static BenchMethod[] Of(BenchStage stage) =>
    [
        new("bare", "bare gRPC method", stage.TargetOfNothing(), stage.Floor.ReadProcessorTime),
        new("get", "gRPC method with one GET (floor)", stage.TargetOfOneGet(), stage.Floor.ReadProcessorTime),
        new("use", "CheckUse", stage.TargetOf(BenchQuestions.Use), stage.Service.ReadProcessorTime),
        new("disclosure", "CheckDisclosure", stage.TargetOf(BenchQuestions.Disclosure), stage.Service.ReadProcessorTime),
    ];

    /// <summary>Rows whose calls were refused claim nothing, nor do those that are compared with them.</summary>
    public static void MissRefused(FigureTable table, BenchMethod[] methods, string id)
    {
        for (var i = 0; i < methods.Length; i++)
        {
            if (methods[i].Target.Expectation.TakeRefusals() is { } why)
            {
                Array.ForEach(i == Floor ? methods[Floor..] : [methods[i]], method => table.Miss($"{method.Id}-{id}", why));
            }
        }
    }

    /// <summary>There and back, some times: what drifts within a round meets all methods alike.</summary>
    public static async Task<List<T>[]> RunThereAndBackAsync<T>(BenchMethod[] methods, int times, Func<BenchMethod, Task<T>> run)
    {
        Array.ForEach(methods, method => method.Target.Expectation.TakeRefusals());
        var results = methods.Select(_ => new List<T>()).ToArray();
        for (var turn = 0; turn < 2 * times; turn++)
        {
            for (var i = 0; i < methods.Length; i++)
            {
                var place = turn % 2 == 0 ? i : methods.Length - 1 - i;
                results[place].Add(await run(methods[place]));
            }
        }

        return results;
    }

    /// <summary>A value of each method, in the order of the methods.</summary>
    public static void Add(FigureTable table, BenchMethod[] methods, string id, string words, string unit, IReadOnlyList<double> values, int decimals = 0)
    {
        for (var i = 0; i < methods.Length; i++)
        {
            var figure = table.Row($"{methods[i].Id}-{id}", $"{methods[i].Title}, {words}", unit, decimals);
            if (i > Floor)
            {
                figure.Add(values[i], values[Floor]);
            }
            else
            {
                figure.Add(values[i]);
            }
        }
    }
}
