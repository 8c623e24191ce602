using Belong.ConsentService.Access.Grants;
using Belong.ConsentService.Access.Tls;
using Belong.ConsentService.Database;
using Belong.ConsentService.Hosting;
using Microsoft.Extensions.Logging.Console;

// The command, if any, stands first; what follows are settings such as --Consent:Listen:GrpcPort 5080.
var command = args is [var first, ..] && !first.StartsWith('-') ? first : null;
var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
{
    Args = command is null ? args : args[1..],
    // Its own settings lie beside it, wherever it is started.
    ContentRootPath = AppContext.BaseDirectory,
});
// A slim builder writes plain lines whatever the settings say.
builder.Logging.AddConsole(console => console.FormatterName = builder.Configuration["Logging:Console:FormatterName"] ?? ConsoleFormatterNames.Json);
if (command == "check-grants")
{
    return GrantsCheck.Run(args[1..]);
}

ConsentSettings settings;
try
{
    settings = ConsentHost.ReadSettings(builder.Configuration);
}
catch (InvalidSettingsException e)
{
    await Console.Error.WriteLineAsync($"The settings cannot be used:{Environment.NewLine}{e.Message}");
    return 2;
}

try
{
    switch (command)
    {
        case null or "run":
            await ConsentHost.Build(builder, settings).RunAsync();
            return 0;
        case "migrate":
            using (var logging = LoggerFactory.Create(logger => logger.AddFilter("Npgsql", LogLevel.Warning).AddConsole()))
            await using (var source = FactsDataSource.Create(settings.Postgres.ConnectionString, logging))
            {
                await new FactsDatabase(source, logging.CreateLogger<FactsDatabase>()).MigrateAsync(CancellationToken.None);
            }

            return 0;
        case "health":
            return await HealthProbe.RunAsync(args[1..], settings.Listen);
        default:
            await Console.Error.WriteLineAsync($"The command is '{command}': run, migrate, health or check-grants is allowed");
            return 2;
    }
}
catch (Exception e) when (e is MigrationException or Npgsql.NpgsqlException or IOException
    or InvalidCertificatesException or InvalidGrantsException or GrantsUnreadableException)
{
    // A schema that does not fit, a database that does not answer, a port that is taken, certificates or grants of no use.
    await Console.Error.WriteLineAsync($"The service cannot run: {e.Message}");
    return 1;
}
