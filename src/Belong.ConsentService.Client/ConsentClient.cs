using Belong.Consent.V1;
using Belong.ConsentService.Client.Batches;
using Belong.ConsentService.Client.Calls;
using Belong.ConsentService.Client.Connection;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Belong.ConsentService.Client;

/// <summary>The client over one channel; one for a program. See <see cref="IConsentClient"/>.</summary>
public sealed partial class ConsentClient : IConsentClient, IDisposable
{
    private readonly ConsentClientOptions _options;
    private readonly TimeProvider _clock;
    private readonly ConsentChannel _channel;
    private readonly CallRunner _runner;
    private readonly ConsentCheck.ConsentCheckClient _checks;
    private readonly ConsentAudience.ConsentAudienceClient _audience;
    private readonly ConsentRegistry.ConsentRegistryClient _registry;

    /// <summary>Connects with the first call.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">Names every field that is wrong.</exception>
    public ConsentClient(ConsentClientOptions options, TimeProvider? clock = null, ILoggerFactory? loggers = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ConsentClientOptionsValidator.Require(options);
        _options = options;
        _clock = clock ?? TimeProvider.System;
        _channel = new ConsentChannel(options, _clock, loggers ?? NullLoggerFactory.Instance);
        _runner = new CallRunner(_clock);
        CallInvoker = _channel.CreateCallInvoker();
        _checks = new ConsentCheck.ConsentCheckClient(CallInvoker);
        _audience = new ConsentAudience.ConsentAudienceClient(CallInvoker);
        _registry = new ConsentRegistry.ConsentRegistryClient(CallInvoker);
    }

    /// <inheritdoc/>
    public CallInvoker CallInvoker { get; }

    /// <inheritdoc/>
    public async Task<ConsentAnswer> CheckUseAsync(CheckUseRequest check, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(check);
        var (question, asked) = (Question.Of(check), new AskedAt(_clock));
        var response = await _runner.RunAsync(options => _checks.CheckUseAsync(check, options), Terms(timeout, RetryRule.Read), cancellation);
        return AnswerReader.Read(question, response.Decision, asked);
    }

    /// <inheritdoc/>
    public async Task<ConsentAnswer> CheckDisclosureAsync(CheckDisclosureRequest check, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(check);
        var (question, asked) = (Question.Of(check), new AskedAt(_clock));
        var rule = check.ExceptionClaim is null ? RetryRule.Read : RetryRule.OnlyIfNotDone;
        var response = await _runner.RunAsync(options => _checks.CheckDisclosureAsync(check, options), Terms(timeout, rule), cancellation);
        return AnswerReader.Read(question, response.Decision, asked);
    }

    /// <inheritdoc/>
    public async Task<ConsentAnswer> CheckAnonymizedProvisionAsync(
        CheckAnonymizedProvisionRequest check, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(check);
        var (question, asked) = (Question.Of(check), new AskedAt(_clock));
        var response = await _runner.RunAsync(options => _checks.CheckAnonymizedProvisionAsync(check, options), Terms(timeout, RetryRule.Read), cancellation);
        return AnswerReader.Read(question, response.Decision, asked);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<BatchResult>> CheckBatchAsync(
        IReadOnlyList<BatchCheck> checks, CheckDefaults? defaults = null, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(checks);
        Question[] questions = [.. checks.Select(check => Question.Of(check, defaults))];
        if (questions.Length == 0)
        {
            return [];
        }

        var info = await GetServerInfoAsync(timeout, cancellation);
        var run = new BatchRun(_checks, _runner, _clock, Terms(timeout ?? _options.BatchTimeout, RetryRule.Read), _options.MaxBatchChecks, defaults);
        return await run.RunAsync(checks, questions, info, cancellation);
    }

    /// <inheritdoc/>
    public Task<RecordMemberResponse> RecordMemberAsync(RecordMemberRequest write, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(write);
        return WriteAsync(write.Context, options => _registry.RecordMemberAsync(write, options), timeout, cancellation);
    }

    /// <inheritdoc/>
    public Task<RecordRegisterResponse> RecordRegisterAsync(RecordRegisterRequest write, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(write);
        return WriteAsync(write.Context, options => _registry.RecordRegisterAsync(write, options), timeout, cancellation);
    }

    /// <inheritdoc/>
    public Task<GetServerInfoResponse> GetServerInfoAsync(TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        _runner.RunAsync(options => _checks.GetServerInfoAsync(new GetServerInfoRequest(), options), Terms(timeout, RetryRule.Read), cancellation);

    /// <summary>Ends the connections, and calls that are under way with them.</summary>
    public void Dispose() => _channel.Dispose();

    private async Task<T> WriteAsync<T>(
        WriteContext? context, Func<CallOptions, AsyncUnaryCall<T>> write, TimeSpan? timeout, CancellationToken cancellation)
    {
        if (context is not { IdempotencyKey.Length: > 0 })
        {
            // A key made here would be another one when the caller tries again.
            throw new ArgumentException("context.idempotency_key is empty: a key of your own is required, the same for each try of this write");
        }

        try
        {
            return await _runner.RunAsync(write, Terms(timeout, RetryRule.KeyedWrite), cancellation);
        }
        catch (ConsentUnavailableException e) when (e.Status != StatusCode.ResourceExhausted)
        {
            throw new WriteUncertainException(context.IdempotencyKey, e);
        }
    }

    private CallTerms Terms(TimeSpan? timeout, RetryRule rule)
    {
        var limit = timeout ?? _options.Timeout;
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero, nameof(timeout));
        return new CallTerms(limit, _options.MaxAttempts, rule);
    }
}
