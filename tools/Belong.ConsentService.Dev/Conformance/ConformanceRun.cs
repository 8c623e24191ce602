using Belong.ConsentService.Testing.Cases;

namespace Belong.ConsentService.Dev.Conformance;

/// <summary>Runs the cases of a folder through the evaluator alone and through each door of the whole stack, and tells what differs.</summary>
internal static class ConformanceRun
{
    /// <summary>The evaluator, a call for each case, batches; which cases could be asked of a list is not known of one that cannot be read.</summary>
    private const int DoorsForAll = 3;

    /// <returns>The exit code: 0 when every case passes through every door.</returns>
    public static async Task<int> RunAsync(string folder)
    {
        if (!Directory.Exists(folder))
        {
            await Console.Error.WriteLineAsync($"DIR is '{folder}': a folder of cases in the form of spec/cases is required");
            return 2;
        }

        var unreadable = new List<string>();
        IReadOnlyList<DecisionCase> cases;
        try
        {
            cases = CaseFolder.Load(folder, fault => unreadable.Add(fault.Message));
        }
        catch (Exception e) when (e is InvalidDataException or System.Text.Json.JsonException)
        {
            await Console.Error.WriteLineAsync($"The cases cannot be read: {e.Message}");
            return 2;
        }

        if (cases.Count + unreadable.Count == 0)
        {
            await Console.Error.WriteLineAsync($"DIR is '{folder}': it holds no case");
            return 2;
        }

        unreadable.ForEach(fault => Console.WriteLine($"cannot be read, and fails at every door: {fault}"));
        var score = Compare("evaluator", "cases", cases, @case => @case.Expected.DifferencesFrom(EvaluatorDoor.Answer(@case)));
        score += cases.Count == 0 ? default : await CompareStackAsync(cases);
        score += new Score(0, DoorsForAll * unreadable.Count);
        Console.WriteLine($"{score.Passed} passed, {score.Failed} failed");
        return score.Failed == 0 ? 0 : 1;
    }

    private static async Task<Score> CompareStackAsync(IReadOnlyList<DecisionCase> cases)
    {
        var callers = new CaseCallers(cases);
        await using var stack = await Stack.StartAsync(callers.WriteGrants());
        var doors = new StackDoors(stack, callers);
        await doors.AnswerAsync(cases);
        if (doors.DirectCount > 0)
        {
            Console.WriteLine($"{doors.DirectCount} records that the registry refuses were put into the database directly");
        }

        if (doors.LeftOutCount > 0)
        {
            Console.WriteLine($"{doors.LeftOutCount} records that the database cannot hold were left out");
        }

        if (doors.UnsayableCount > 0)
        {
            Console.WriteLine($"{doors.UnsayableCount} requests that no message can say count as refused by the contract");
        }

        return doors.All.Select(door => Compare(door, cases)).Aggregate((sum, score) => sum + score);
    }

    private static Score Compare(Door door, IReadOnlyList<DecisionCase> cases) => Compare(
        door.Name, door.What, [.. cases.Where(door.HasAnswered)], @case => door.Carried(@case.Expected).DifferencesFrom(door.AnswerTo(@case)));

    private static Score Compare(string door, string what, IReadOnlyList<DecisionCase> cases, Func<DecisionCase, IReadOnlyList<string>> compare)
    {
        var failed = 0;
        foreach (var @case in cases)
        {
            var differences = compare(@case);
            if (differences.Count == 0)
            {
                continue;
            }

            failed++;
            Console.WriteLine($"{@case.Id} ({door}) {@case.Title} [{@case.File}]");
            foreach (var difference in differences)
            {
                Console.WriteLine($"  {difference}");
            }
        }

        Console.WriteLine($"{door}: {cases.Count - failed} of {cases.Count} {what} pass");
        return new Score(cases.Count - failed, failed);
    }

    private readonly record struct Score(int Passed, int Failed)
    {
        public static Score operator +(Score one, Score other) => new(one.Passed + other.Passed, one.Failed + other.Failed);
    }
}
