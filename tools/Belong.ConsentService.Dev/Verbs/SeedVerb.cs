using System.CommandLine;
using System.CommandLine.Parsing;
using Belong.ConsentService.Dev.Seeding;
using Belong.ConsentService.Testing.Mix;
using Grpc.Core;
using Grpc.Net.Client;

namespace Belong.ConsentService.Dev.Verbs;

/// <summary><c>consent-dev seed</c>: the policy, vendors and generated members, through the registry.</summary>
internal static class SeedVerb
{
    public static Command Build()
    {
        var address = new Option<Uri>("--address")
        {
            Description = "Where the service listens.",
            Required = true,
            HelpName = "URL",
            CustomParser = ParseAddress,
        };
        var key = new Option<string?>("--key") { Description = "The caller's key; else CONSENT_KEY.", HelpName = "KEY" };
        var members = new Option<int>("--members") { Description = "How many members.", DefaultValueFactory = _ => 10_000, HelpName = "N" };
        var seed = new Option<int>("--seed") { Description = "The same seed gives the same members.", DefaultValueFactory = _ => 1, HelpName = "S" };
        members.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MemberMix.MaxMembers)
            {
                result.AddError($"--members must be from 1 to {MemberMix.MaxMembers}.");
            }
        });
        var command = new Command("seed", "Records the policy of the spec, a handful of vendors and generated members. A second run changes nothing.")
        {
            address, key, members, seed,
        };
        command.SetAction((parse, cancellation) => RunAsync(
            parse.GetValue(address)!,
            parse.GetValue(key) ?? Environment.GetEnvironmentVariable("CONSENT_KEY"),
            new SeedPlan(parse.GetValue(seed), parse.GetValue(members)),
            cancellation));
        return command;
    }

    private static Uri? ParseAddress(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps))
        {
            return uri;
        }

        result.AddError($"--address is '{text}': must be a URL such as http://127.0.0.1:5080.");
        return null;
    }

    private static async Task<int> RunAsync(Uri address, string? key, SeedPlan plan, CancellationToken cancellation)
    {
        using var channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { UseProxy = address.Scheme == Uri.UriSchemeHttps },
            DisposeHttpClient = true,
        });
        try
        {
            await new Seeder(channel, key, Console.Out, cancellation).RunAsync(plan);
            return 0;
        }
        catch (RpcException error) when (!cancellation.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync($"Seeding {address} failed ({error.StatusCode}): {error.Status.Detail}");
            return 1;
        }
    }
}
