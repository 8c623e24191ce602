using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;
using Belong.ConsentService.Cli.Connection;
using Belong.ConsentService.Cli.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using WriteContext = Belong.Consent.V1.WriteContext;

namespace Belong.ConsentService.Cli.Records;

/// <summary>What a write led to.</summary>
internal sealed record Recorded(string What, bool Replayed, string Version, Timestamp? At, string FactsVersion);

/// <summary>Prints what a write led to, with its key and the token for later checks.</summary>
internal static class RecordText
{
    public static void Write(Invocation invocation, WriteContext context, IMessage response, Recorded recorded)
    {
        if (invocation.IsJson)
        {
            invocation.PrintJson(response, ("idempotencyKey", context.IdempotencyKey));
            return;
        }

        var verb = recorded.Replayed ? "Already recorded" : "Recorded";
        var at = recorded.At is null ? "" : $", {Times.Of(recorded.At)}";
        invocation.Output.WriteLine(ProtoText.Clean($"{verb}: {recorded.What} ({recorded.Version}{at})"));
        invocation.Output.WriteLine(ProtoText.Clean($"  key    {context.IdempotencyKey}"));
        invocation.Output.WriteLine(ProtoText.Clean($"  token  {recorded.FactsVersion}  (check … --min-facts-version)"));
    }
}
