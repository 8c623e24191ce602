using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Belong.ConsentService.Cli.Text;

/// <summary>A command whose help ends with examples, which the list of its parent leaves out.</summary>
internal sealed class GuidedCommand(string name, string help, string guidance) : Command(name, help)
{
    private string Guidance => guidance;

    /// <summary>Makes every help of the tree show the guidance of its command.</summary>
    public static void ShowIn(RootCommand root, string rootGuidance)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        option.Action = new Help((HelpAction)option.Action!, rootGuidance);
    }

    private sealed class Help(HelpAction help, string rootGuidance) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var result = help.Invoke(parseResult);
            var text = parseResult.CommandResult.Command switch
            {
                GuidedCommand command => command.Guidance,
                RootCommand => rootGuidance,
                _ => null,
            };
            if (text is not null)
            {
                parseResult.InvocationConfiguration.Output.WriteLine(text);
            }

            return result;
        }
    }
}
