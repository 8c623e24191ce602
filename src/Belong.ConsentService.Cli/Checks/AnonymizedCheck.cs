using System.CommandLine;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;
using Belong.ConsentService.Cli.Connection;
using Belong.ConsentService.Cli.Text;

namespace Belong.ConsentService.Cli.Checks;

/// <summary><c>consentctl check anonymized</c>.</summary>
internal static class AnonymizedCheck
{
    public static Command Build(Runner runner)
    {
        var items = Opt.ManyNames<DataItem>("--item", "Data item of the set.");
        var certified = Opt.Flag("--certified", "The set is certified as anonymously processed (Art. 43(1)).");
        var method = Opt.Text("--method", "NAME", "How it is delivered. Published are SERVER_UPLOAD, PAPER and EMAIL_ATTACHMENT.");
        var dataset = Opt.Text("--dataset", "ID", "The data set.");
        var recipient = Opt.Text("--recipient", "ID", "Who receives it.");
        var purposes = Opt.Purposes("Purpose by its number in §3, for the caller's grant.");
        var judging = new JudgingOptions();
        var command = new GuidedCommand("anonymized", "May this anonymised data set be provided (§5)?", $"""
            Example:
              consentctl check anonymized --item age --item sex --certified --method SERVER_UPLOAD --dataset DS-1 --purpose 6

            {CheckCommand.ExitCodes}
            """)
        {
            items, certified, method, dataset, recipient, purposes,
        };
        judging.AddTo(command);
        return runner.Bind(command, async invocation =>
        {
            var parse = invocation.Parse;
            var request = new CheckAnonymizedProvisionRequest
            {
                Items = { parse.ListOf(items) },
                Purposes = { parse.ListOf(purposes) },
                RecipientId = parse.TextOf(recipient),
                Dataset = new Dataset
                {
                    Id = parse.TextOf(dataset),
                    CertifiedAnonymous = parse.GetValue(certified),
                    Method = parse.TextOf(method).Replace('-', '_').ToUpperInvariant(),
                },
                Options = judging.Read(parse),
            };
            var response = await invocation.Check.CheckAnonymizedProvisionAsync(request, invocation.CallOptions());
            return CheckCommand.Answer(invocation, response, response.Decision);
        });
    }
}
