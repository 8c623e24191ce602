using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Belong.Consent.V1;
using Google.Protobuf.WellKnownTypes;
using Enum = System.Enum;

namespace Belong.ConsentService.Cli.Arguments;

/// <summary>Options in the terms of the contract.</summary>
internal static class Opt
{
    public static Option<bool> Flag(string name, string help) => new(name) { Description = help };

    public static Option<string> Text(string name, string valueName, string help, bool required = false) =>
        new(name) { Description = help, HelpName = valueName, Required = required };

    public static Option<double> Seconds(string name, double preset, double min, double max, string help) =>
        Number(name, "SECONDS", preset, min, max, help, "seconds");

    public static Option<int> Count(string name, int preset, int min, int max, string help) => Number(name, "N", preset, min, max, help, "");

    public static Option<List<string>> Texts(string name, string valueName, string help, bool required = false) =>
        Many(name, valueName, help, required, static text => (true, text, ""));

    public static Option<Timestamp?> Time(string name, string help) => new(name)
    {
        Description = help,
        HelpName = "INSTANT",
        CustomParser = static result =>
        {
            var text = result.Tokens[^1].Value;
            if (!Times.TryParse(text, out var time))
            {
                Complain(result, text, Times.Form);
            }

            return time;
        },
    };

    public static Option<T?> Name<T>(string name, string help, bool required = false)
        where T : struct, Enum => new(name)
        {
            Description = $"{help} One of {Names.Allowed<T>()}.",
            HelpName = "NAME",
            Required = required,
            CustomParser = static result =>
            {
                var text = result.Tokens[^1].Value;
                if (Names.TryParse<T>(text, out var value))
                {
                    return value;
                }

                Complain(result, text, $"one of {Names.Allowed<T>()}");
                return null;
            },
        };

    public static Option<List<T>> ManyNames<T>(string name, string help, bool required = false)
        where T : struct, Enum =>
        Many(name, "NAME", $"{help} One or more of {Names.Allowed<T>()}.", required, static text =>
            (Names.TryParse<T>(text, out var value), value, $"one of {Names.Allowed<T>()}"));

    public static Option<List<Purpose>> Purposes(string help, bool required = false) =>
        Many("--purpose", "1..8", help, required, static text =>
            (TryParsePurpose(text, out var purpose), purpose, $"a number from 1 to 8 (§3), or one of {Names.Allowed<Purpose>()}"));

    public static List<T> ListOf<T>(this ParseResult parse, Option<List<T>> option) => parse.GetValue(option) ?? [];

    public static string TextOf(this ParseResult parse, Option<string> option) => parse.GetValue(option) ?? "";

    private static Option<T> Number<T>(string name, string valueName, T preset, T min, T max, string help, string unit)
        where T : struct, IComparable<T>, IFormattable
    {
        var option = new Option<T>(name)
        {
            Description = help,
            HelpName = valueName,
            DefaultValueFactory = _ => preset,
        };
        option.Validators.Add(result =>
        {
            var value = result.GetValueOrDefault<T>();
            if (value.CompareTo(min) < 0 || value.CompareTo(max) > 0)
            {
                result.AddError($"{name} must be from {min} to {max} {unit}".TrimEnd() + ".");
            }
        });
        return option;
    }

    private static bool TryParsePurpose(string text, out Purpose purpose)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return Names.TryParse(text, out purpose);
        }

        purpose = (Purpose)number;
        return number is >= 1 and <= 8;
    }

    private static Option<List<T>> Many<T>(
        string name, string valueName, string help, bool required, Func<string, (bool Known, T Value, string Allowed)> read) => new(name)
        {
            Description = help + " May be repeated, or given with commas.",
            HelpName = valueName,
            Required = required,
            Arity = ArgumentArity.OneOrMore,
            CustomParser = result =>
            {
                var values = new List<T>();
                foreach (var text in result.Tokens.SelectMany(token => token.Value.Split(',')))
                {
                    var (known, value, allowed) = read(text);
                    if (!known)
                    {
                        Complain(result, text, allowed);
                        return values;
                    }

                    values.Add(value);
                }

                return values;
            },
        };

    private static void Complain(ArgumentResult result, string text, string allowed)
    {
        var option = (result.Parent as OptionResult)?.Option.Name;
        result.AddError($"{option} is '{text}': must be {allowed}.");
    }
}
