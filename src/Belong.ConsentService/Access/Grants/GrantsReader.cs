using System.Text.Json;
using Belong.ConsentService.Overload;

namespace Belong.ConsentService.Access.Grants;

/// <summary>Makes grants of a document, all of it or nothing.</summary>
public static class GrantsReader
{
    /// <summary>A document of a thousand callers stays far below it.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <param name="before">The grants in force: a rate that stays the same goes on and does not begin anew.</param>
    /// <exception cref="InvalidGrantsException">Names everything that is wrong.</exception>
    public static CallerGrants Read(ReadOnlySpan<byte> json, TimeProvider time, CallerGrants? before = null)
    {
        var document = Parse(json);
        var errors = GrantsValidator.FindErrors(document);
        if (errors.Count > 0)
        {
            throw new InvalidGrantsException(errors);
        }

        var entries = document.Callers.Select(entry => (Entry: entry!, Caller: Make(entry!, time, before))).ToList();
        return new CallerGrants(document.Version, entries);
    }

    private static GrantsDocument Parse(ReadOnlySpan<byte> json)
    {
        if (json.Length > MaxBytes)
        {
            throw new InvalidGrantsException([$"the grants have {json.Length} bytes: at most {MaxBytes} are allowed"]);
        }

        try
        {
            return JsonSerializer.Deserialize(json, GrantsJsonContext.Default.GrantsDocument)
                ?? throw new InvalidGrantsException(["the grants are null: an object with version and callers is required"]);
        }
        catch (JsonException e)
        {
            // The sentence of the reader would name types of this program.
            var place = string.IsNullOrEmpty(e.Path) ? "$" : e.Path;
            throw new InvalidGrantsException([$"the grants cannot be read at {place} (line {e.LineNumber + 1}): valid JSON with the fields of docs/access.md, each once and of its type, is required"]);
        }
    }

    private static Caller Make(CallerEntry entry, TimeProvider time, CallerGrants? before)
    {
        var known = before?.Find(entry.Name);
        return new Caller(entry.Name)
        {
            Terms = TermsOf(entry),
            Grant = GrantNames.GrantOf(entry),
            Rpcs = GrantNames.IsAll(entry.Rpcs) ? RpcSet.All : RpcSet.Of(entry.Rpcs.Select(Enum.Parse<Rpc>)),
            Vendors = GrantNames.IsAll(entry.Vendors) ? VendorSet.All : VendorSet.Of(entry.Vendors),
            Facts = GrantNames.IsAll(entry.MayRecord) ? FactSet.All : FactSet.Of(entry.MayRecord),
            MaxBatchChecks = entry.MaxBatchChecks ?? Checks.BatchChecker.MaxChecks,
            CheckRate = RateOf(entry.ChecksPerSecond, known?.CheckRate, time),
            RegistryRate = RateOf(entry.RegistryCallsPerSecond, known?.RegistryRate, time),
        };
    }

    /// <summary>Without its credentials: whether those are still good is found out apart.</summary>
    private static string TermsOf(CallerEntry entry)
    {
        var terms = JsonSerializer.SerializeToNode(entry, GrantsJsonContext.Default.CallerEntry)!.AsObject();
        terms.Remove("keys_sha256");
        terms.Remove("certificate_names");
        terms.Remove("jwt_subjects");
        return terms.ToJsonString();
    }

    private static RateLimit? RateOf(int? perSecond, RateLimit? known, TimeProvider time) =>
        perSecond is not { } rate ? null : known?.PerSecond == rate ? known : new RateLimit(rate, time);
}

/// <summary>The grants cannot be used.</summary>
public sealed class InvalidGrantsException(IReadOnlyList<string> errors) : Exception(string.Join("; ", errors))
{
    public IReadOnlyList<string> Errors { get; } = errors;
}
