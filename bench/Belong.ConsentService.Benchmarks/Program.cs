using Belong.ConsentService.Benchmarks;
using BenchmarkDotNet.Running;

// benchmarks RESULT.json [--quick]: runs all of them and writes what they took; a quick run only shows that they work.
if (args is not [var result, .. var options] || options is not ([] or ["--quick"]))
{
    await Console.Error.WriteLineAsync("usage: benchmarks RESULT.json [--quick]");
    return 2;
}

var summaries = BenchmarkRunner.Run(typeof(EvaluatorBenchmarks).Assembly, BenchmarkSettings.Create(isQuick: options.Length > 0));
return BenchmarkResult.Write(summaries, result) ? 0 : 1;
