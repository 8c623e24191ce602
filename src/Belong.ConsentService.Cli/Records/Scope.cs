using System.CommandLine;
using Belong.ConsentService.Cli.Arguments;

namespace Belong.ConsentService.Cli.Records;

/// <summary>A restriction covers either all or what is named; neither is taken for granted.</summary>
internal static class Scope
{
    public static bool IsAll<T>(ParseResult parse, Option<bool> all, Option<List<T>> named) =>
        parse.GetValue(all) == parse.ListOf(named).Count > 0
            ? throw new UsageException($"Give either {all.Name} or {named.Name}.")
            : parse.GetValue(all);
}
