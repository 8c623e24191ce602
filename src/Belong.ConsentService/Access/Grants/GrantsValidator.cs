using System.Buffers;
using Belong.ConsentService.Checks;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Access.Grants;

/// <summary>Finds everything that is wrong with a grants document, so that all of it can be mended at once.</summary>
internal static class GrantsValidator
{
    private const int MaxCallers = 1_000;
    private const int MaxCredentials = 16;
    private const int MaxVendors = 1_000;
    private const int MaxNameLength = 64;
    private const int MaxCredentialLength = 255;
    private const int MaxPerSecond = 10_000_000;
    private const int Sha256HexLength = 64;

    private static readonly SearchValues<char> NameChars = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
    private static readonly SearchValues<char> Printable = SearchValues.Create(Enumerable.Range('!', 94).Select(code => (char)code).ToArray());

    public static List<string> FindErrors(GrantsDocument document)
    {
        var errors = new List<string>();
        if (document.Version <= 0)
        {
            errors.Add($"version is {document.Version}: a whole number above 0 is required");
        }

        if (document.Callers is not { Length: > 0 and <= MaxCallers })
        {
            errors.Add($"callers is a list of {document.Callers?.Length ?? 0}: 1 to {MaxCallers} callers are allowed");
            return errors;
        }

        var owners = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < document.Callers.Length; i++)
        {
            CheckCaller($"callers[{i}]", document.Callers[i], owners, errors);
        }

        return errors;
    }

    private static void CheckCaller(string at, CallerEntry? caller, Dictionary<string, string> owners, List<string> errors)
    {
        if (caller is null || HasNull(caller))
        {
            errors.Add($"{at} is or holds null: leave out what is not given");
            return;
        }

        if (caller.Name.Length is 0 or > MaxNameLength || caller.Name.AsSpan().ContainsAnyExcept(NameChars))
        {
            errors.Add($"{at}.name is '{Show(caller.Name)}': 1 to {MaxNameLength} letters, digits, '.', '_' and '-' are allowed");
        }

        Own($"{at}.name", $"name {caller.Name}", at, owners, errors);
        CheckCredentials(at, caller, owners, errors);
        CheckNames($"{at}.rpcs", caller.Rpcs, name => Enum.IsDefined(typeof(Rpc), name), Enum.GetNames<Rpc>(), errors);
        CheckNames($"{at}.kinds", caller.Kinds, GrantNames.Kinds.ContainsKey, GrantNames.Kinds.Keys, errors, isAllAllowed: false);
        CheckNames($"{at}.may_record", caller.MayRecord, FactSet.IsKnown, FactSet.Names, errors);
        errors.AddRange(caller.Purposes.Where(number => !PurposeSet.IsKnown(number)).Select(number => $"{at}.purposes is {number}: 1 to 8 is allowed"));
        CheckVendors(at, caller.Vendors, errors);
        CheckRange($"{at}.max_batch_checks", caller.MaxBatchChecks, BatchChecker.MaxChecks, errors);
        CheckRange($"{at}.checks_per_second", caller.ChecksPerSecond, MaxPerSecond, errors);
        CheckRange($"{at}.registry_calls_per_second", caller.RegistryCallsPerSecond, MaxPerSecond, errors);
    }

    private static bool HasNull(CallerEntry caller)
    {
        string[]?[] lists = [caller.KeysSha256, caller.CertificateNames, caller.JwtSubjects, caller.Rpcs, caller.Kinds, caller.Vendors, caller.MayRecord];
        return caller.Name is null || caller.Purposes is null || lists.Any(list => list is null || list.Contains(null));
    }

    private static void CheckCredentials(string at, CallerEntry caller, Dictionary<string, string> owners, List<string> errors)
    {
        var count = caller.KeysSha256.Length + caller.CertificateNames.Length + caller.JwtSubjects.Length;
        if (count is 0 or > MaxCredentials)
        {
            errors.Add($"{at} has {count} of keys_sha256, certificate_names and jwt_subjects: 1 to {MaxCredentials} are allowed");
        }

        foreach (var hash in caller.KeysSha256)
        {
            if (hash.Length != Sha256HexLength || !hash.All(char.IsAsciiHexDigit))
            {
                errors.Add($"{at}.keys_sha256 holds a value of {hash.Length} characters: the {Sha256HexLength} hex digits of a SHA-256 are allowed");
            }

            Own($"{at}.keys_sha256", $"key {hash}", at, owners, errors, isSecret: true);
        }

        foreach (var name in caller.CertificateNames)
        {
            var isNamed = name.StartsWith("dns:", StringComparison.Ordinal) || name.StartsWith("uri:", StringComparison.Ordinal);
            if (!isNamed || name.Length is <= 4 or > MaxCredentialLength || name.Contains('*', StringComparison.Ordinal) || name.AsSpan().ContainsAnyExcept(Printable))
            {
                errors.Add($"{at}.certificate_names is '{Show(name)}': dns:NAME or uri:URI without a wildcard is allowed");
            }

            Own($"{at}.certificate_names", name, at, owners, errors);
        }

        foreach (var subject in caller.JwtSubjects)
        {
            if (subject.Length is 0 or > MaxCredentialLength || subject.AsSpan().ContainsAnyExcept(Printable))
            {
                errors.Add($"{at}.jwt_subjects is '{Show(subject)}': 1 to {MaxCredentialLength} printable characters are allowed");
            }

            Own($"{at}.jwt_subjects", $"sub {subject}", at, owners, errors);
        }
    }

    /// <summary>A credential says who calls: two callers cannot have the same.</summary>
    private static void Own(string field, string what, string at, Dictionary<string, string> owners, List<string> errors, bool isSecret = false)
    {
        if (!owners.TryAdd(what, at))
        {
            errors.Add($"{field} is {(isSecret ? "a key" : $"'{Show(what[(what.IndexOf(' ', StringComparison.Ordinal) + 1)..])}'")} that stands at {owners[what]} already: each may stand once");
        }
    }

    private static void CheckNames(string field, string[] names, Func<string, bool> isKnown, IEnumerable<string> known, List<string> errors, bool isAllAllowed = true)
    {
        if (isAllAllowed && GrantNames.IsAll(names))
        {
            return;
        }

        foreach (var name in names.Where(name => !isKnown(name)))
        {
            errors.Add($"{field} is '{Show(name)}': {(isAllAllowed ? "\"*\" alone, or " : "")}{string.Join(", ", known)} are allowed");
        }
    }

    private static void CheckVendors(string at, string[] vendors, List<string> errors)
    {
        if (vendors.Length > MaxVendors)
        {
            errors.Add($"{at}.vendors is a list of {vendors.Length}: at most {MaxVendors} are allowed");
        }

        if (GrantNames.IsAll(vendors))
        {
            return;
        }

        foreach (var id in vendors.Where(id => id.Length is 0 or > MaxNameLength || id == "*" || id.Any(character => character is < ' ' or > '~')))
        {
            errors.Add($"{at}.vendors is '{Show(id)}': \"*\" alone, or ids of 1 to {MaxNameLength} bytes of printable ASCII are allowed");
        }
    }

    private static void CheckRange(string field, int? value, int most, List<string> errors)
    {
        if (value is { } number && (number < 1 || number > most))
        {
            errors.Add($"{field} is {number}: 1 to {most} is allowed");
        }
    }

    private static string Show(string value) => value.Length <= MaxNameLength ? value : $"{value[..MaxNameLength]}…";
}
