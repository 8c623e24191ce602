using System.Globalization;
using Microsoft.Extensions.Options;

namespace Belong.ConsentService.Client;

/// <summary>Finds everything that is wrong with the options, so that all of it can be mended at once.</summary>
internal sealed class ConsentClientOptionsValidator : IValidateOptions<ConsentClientOptions>
{
    private const int MaxAddresses = 100;
    private const int MinAnswerBytes = 64 * 1024;
    private const int MaxAnswerBytes = 256 * 1024 * 1024;
    private const int MaxAttempts = 10;
    private const int MaxBatchChecks = 10_000;

    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public ValidateOptionsResult Validate(string? name, ConsentClientOptions options)
    {
        var errors = FindErrors(options);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    public static void Require(ConsentClientOptions options)
    {
        var errors = FindErrors(options);
        if (errors.Count > 0)
        {
            throw new OptionsValidationException("", typeof(ConsentClientOptions), errors);
        }
    }

    private static List<string> FindErrors(ConsentClientOptions options)
    {
        var errors = new List<string>();
        CheckAddresses(options, errors);
        CheckCredentials(options, errors);
        CheckTime(nameof(options.Timeout), options.Timeout, Millisecond, FiveMinutes, errors);
        CheckTime(nameof(options.BatchTimeout), options.BatchTimeout, Millisecond, FiveMinutes, errors);
        CheckTime(nameof(options.StreamStandstill), options.StreamStandstill, Second, FiveMinutes, errors);
        CheckTime(nameof(options.StreamRetry), options.StreamRetry, TimeSpan.Zero, Hour, errors);
        CheckTime(nameof(options.DnsRefresh), options.DnsRefresh, Second, Hour, errors);
        CheckNumber(nameof(options.MaxBatchChecks), options.MaxBatchChecks, 1, MaxBatchChecks, errors);
        CheckNumber(nameof(options.MaxAttempts), options.MaxAttempts, 1, MaxAttempts, errors);
        CheckNumber(nameof(options.MaxAnswerBytes), options.MaxAnswerBytes, MinAnswerBytes, MaxAnswerBytes, errors);
        return errors;
    }

    private static void CheckAddresses(ConsentClientOptions options, List<string> errors)
    {
        if (options.Addresses.Count is 0 or > MaxAddresses)
        {
            errors.Add($"Addresses has {options.Addresses.Count} entries: 1 to {MaxAddresses} are allowed, such as https://consent.example:5080");
        }

        for (var i = 0; i < options.Addresses.Count; i++)
        {
            if (WrongWith(options, options.Addresses[i]) is { } wrong)
            {
                errors.Add($"Addresses[{i}] is '{options.Addresses[i]}': {wrong}");
            }
        }
    }

    private static string? WrongWith(ConsentClientOptions options, string? address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp)
            || uri.PathAndQuery != "/" || uri.Fragment.Length > 0 || uri.UserInfo.Length > 0)
        {
            return "must be https://host:port, or http://host:port on loopback, with nothing after it";
        }

        if (uri.Scheme == Uri.UriSchemeHttp && !uri.IsLoopback && !options.AllowPlaintextBeyondLoopback)
        {
            return "must be https: without TLS only loopback is allowed, or AllowPlaintextBeyondLoopback where a mesh encrypts";
        }

        var first = options.Addresses[0];
        return Uri.TryCreate(first, UriKind.Absolute, out var other) && other.Scheme != uri.Scheme
            ? $"must be {other.Scheme} as the first one is"
            : null;
    }

    private static void CheckCredentials(ConsentClientOptions options, List<string> errors)
    {
        if (options.Key is { } key && (key.Length is 0 or > 8_192 || key.Any(letter => letter is <= ' ' or > '~')))
        {
            // A key is not repeated where it may be logged.
            errors.Add($"Key has {key.Length} characters: 1 to 8192 of printable ASCII without blanks are allowed");
        }

        if (options.Key is not null && options.TokenProvider is not null)
        {
            errors.Add("Key and TokenProvider are both set: one of them is allowed");
        }

        if (options.ClientCertificate is { HasPrivateKey: false } certificate)
        {
            errors.Add($"ClientCertificate is '{certificate.Subject}' without its private key: one with its private key is required");
        }

        if (options.RootCertificates is { Count: 0 })
        {
            errors.Add("RootCertificates is empty: at least one root is required, or leave it out");
        }
    }

    private static void CheckTime(string field, TimeSpan value, TimeSpan min, TimeSpan max, List<string> errors)
    {
        if (value < min || value > max)
        {
            errors.Add($"{field} is {Seconds(value)} s: {Seconds(min)} to {Seconds(max)} s are allowed");
        }
    }

    private static void CheckNumber(string field, int value, int min, int max, List<string> errors)
    {
        if (value < min || value > max)
        {
            errors.Add($"{field} is {value}: {min} to {max} are allowed");
        }
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
}
