using System.Collections.Concurrent;
using System.Net;
using Belong.Consent.V1;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Tests.Hosting;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using static Belong.ConsentService.Tests.Access.AccessStage;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Access;

/// <summary>What the log says of whom, and what the port of metrics serves.</summary>
public sealed class LogTests(AccessStage stage) : IClassFixture<AccessStage>
{
    private const string Member = "M-SECRET-7";

    [Fact]
    public async Task The_log_names_members_by_their_pseudonym_and_tells_no_secret_and_nothing_per_check()
    {
        using var grants = new WrittenGrants().Write(1, WrittenGrants.Everything("desk", "s3cret-key"));
        var lines = new Lines();
        var settings = stage.Stage.Settings();
        grants.Apply(settings);
        // A role of its own, whose password is really asked for where PostgreSQL asks for one.
        var role = $"log_{Guid.NewGuid():N}";
        await stage.Stage.ExecuteAsync($"CREATE ROLE {role} SUPERUSER LOGIN PASSWORD 'pg-s3cret'");
        settings.Postgres.ConnectionString += $";Username={role};Password=pg-s3cret";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(lines).SetMinimumLevel(LogLevel.Information);
        await using var app = ConsentHost.Build(builder, settings, stage.Stage.Clock);
        await app.StartAsync();
        await using var instance = new ServiceInstance(app, stage.Stage.Clock);
        instance.Open();
        await stage.Stage.WaitUntilCoveredAsync(instance);
        var key = Bearer("s3cret-key");
        await instance.Registry.RecordMemberAsync(Registry.RegistryHost.Request(Member, "log-1", Registration()), key);
        await instance.Registry.RecordMemberAsync(Registry.RegistryHost.Request(Member, "log-1", Registration()), key);
        var claim = Claim();
        claim.MemberId = Member;
        await instance.Checks.CheckDisclosureAsync(claim, key);
        await Assert.ThrowsAsync<RpcException>(async () => await instance.Registry.RecordMemberAsync(Registry.RegistryHost.Request(Member, "log-2", Registration()), key));
        await Assert.ThrowsAsync<RpcException>(async () => await instance.Checks.CheckUseAsync(new CheckUseRequest { MemberId = Member }, key));
        await Assert.ThrowsAsync<RpcException>(async () => await instance.Checks.CheckUseAsync(AccessStage.Use(Member), Bearer("wrong-s3cret-key")));
        var before = lines.Count;
        for (var i = 0; i < 20; i++)
        {
            await instance.Checks.CheckUseAsync(AccessStage.Use(Member), key);
        }

        Assert.Equal(before, lines.Count);
        await instance.Registry.RecordMemberAsync(Registry.RegistryHost.Request(Member, "log-3", Erasure()), key);
        var salt = await stage.Stage.ReadOneAsync<byte[]>("SELECT pseudonym_salt FROM facts_identity");
        var pseudonym = Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData(salt, System.Text.Encoding.UTF8.GetBytes(Member)).AsSpan(0, 8));
        Assert.Equal(
            [$"desk recorded version 1 of member {pseudonym}", $"An exception of §4, item 1, was claimed by desk for member {pseudonym}: Allow ExceptionLifeBodyProperty", $"desk recorded version 2 of member {pseudonym}"],
            lines.All.Where(line => line.Contains(pseudonym, StringComparison.Ordinal)).Select(line => line[(line.IndexOf('|', StringComparison.Ordinal) + 1)..]));
        Assert.DoesNotContain(lines.All, line => line.Contains(Member, StringComparison.Ordinal) || line.Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_port_of_metrics_never_serves_gRPC()
    {
        using var http = new HttpClient();
        var port = stage.Open.Http.BaseAddress!;
        foreach (var path in new[] { "/belong.consent.v1.ConsentCheck/CheckUse", "/grpc.health.v1.Health/Check" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(port, path)) { Content = new ByteArrayContent([0, 0, 0, 0, 0]) };
            request.Content.Headers.ContentType = new("application/grpc");
            using var answer = await http.SendAsync(request);
            Assert.Equal((HttpStatusCode.NotFound, false), (answer.StatusCode, answer.Headers.Contains("grpc-status") || answer.TrailingHeaders.Contains("grpc-status")));
        }

        using var channel = GrpcChannel.ForAddress(port);
        await Assert.ThrowsAsync<RpcException>(async () => await new ConsentCheck.ConsentCheckClient(channel).CheckUseAsync(AccessStage.Use()));
    }

    private sealed class Lines : ILoggerProvider
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public int Count => _lines.Count;

        public IReadOnlyList<string> All => [.. _lines];

        public ILogger CreateLogger(string categoryName) => new Log(_lines, categoryName);

        public void Dispose()
        {
            // Nothing is held.
        }

        private sealed class Log(ConcurrentQueue<string> lines, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

            void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                lines.Enqueue($"{category} {exception}|{formatter(state, exception)}");
        }
    }
}
