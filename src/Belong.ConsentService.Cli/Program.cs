using Belong.ConsentService.Cli;

return await ConsentCtl.RunAsync(args, CliHost.OfProcess());
