using Belong.ConsentService.Testing.Cases;

namespace Belong.ConsentService.Dev.Conformance;

/// <summary>Runs the cases of a folder through the evaluator alone and through the whole stack, and tells what differs.</summary>
internal static class ConformanceRun
{
    /// <returns>The exit code: 0 when every case passes through both doors.</returns>
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

        unreadable.ForEach(fault => Console.WriteLine($"cannot be read, and fails at both doors: {fault}"));
        var failed = Compare("evaluator", cases, EvaluatorDoor.Answer);
        failed += cases.Count == 0 ? 0 : await CompareStackAsync(cases);
        Console.WriteLine($"{(2 * cases.Count) - failed} passed, {failed + (2 * unreadable.Count)} failed");
        return failed + unreadable.Count == 0 ? 0 : 1;
    }

    private static async Task<int> CompareStackAsync(IReadOnlyList<DecisionCase> cases)
    {
        var callers = new CaseCallers(cases);
        await using var stack = await Stack.StartAsync(callers.Settings);
        var door = new StackDoor(stack, callers);
        var answers = await door.AnswerAsync(cases);
        if (door.DirectCount > 0)
        {
            Console.WriteLine($"{door.DirectCount} records that the registry refuses were put into the database directly");
        }

        if (door.LeftOutCount > 0)
        {
            Console.WriteLine($"{door.LeftOutCount} records that the database cannot hold were left out");
        }

        if (door.UnsayableCount > 0)
        {
            Console.WriteLine($"{door.UnsayableCount} requests that no message can say count as refused by the contract");
        }

        return Compare("stack", cases, @case => answers[@case]);
    }

    private static int Compare(string door, IReadOnlyList<DecisionCase> cases, Func<DecisionCase, CaseDecision> answer)
    {
        var failed = 0;
        foreach (var @case in cases)
        {
            var differences = @case.Expected.DifferencesFrom(answer(@case));
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

        Console.WriteLine($"{door}: {cases.Count - failed} of {cases.Count} cases pass");
        return failed;
    }
}
