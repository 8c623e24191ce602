using System.Text.Json;
using System.Text.Json.Serialization;

namespace Belong.ConsentService.Access.Grants;

/// <summary>The grants of all callers as they are written (docs/access.md): nothing in it is known to be right yet.</summary>
public sealed class GrantsDocument
{
    /// <summary>Says which version it is; greater than 0.</summary>
    public long Version { get; set; }

    public CallerEntry?[] Callers { get; set; } = [];
}

/// <summary>How a caller is recognised, and what it may do.</summary>
public sealed class CallerEntry
{
    public string Name { get; set; } = "";

    /// <summary>SHA-256 of its keys, in hex; several for rotation.</summary>
    public string[] KeysSha256 { get; set; } = [];

    /// <summary>Names in the SAN of its client certificates: <c>dns:NAME</c> or <c>uri:URI</c>.</summary>
    public string[] CertificateNames { get; set; } = [];

    /// <summary>The <c>sub</c> of its tokens.</summary>
    public string[] JwtSubjects { get; set; } = [];

    /// <summary>RPCs by name; "*" for all.</summary>
    public string[] Rpcs { get; set; } = [];

    /// <summary>USE, CONTRACTOR, THIRD_PARTY, ANONYMIZED.</summary>
    public string[] Kinds { get; set; } = [];

    /// <summary>1 to 8.</summary>
    public int[] Purposes { get; set; } = [];

    /// <summary>Ids of recipients; "*" for all.</summary>
    public string[] Vendors { get; set; } = [];

    public bool MayClaimExceptions { get; set; }

    /// <summary>Names of facts; "*" for all.</summary>
    public string[] MayRecord { get; set; } = [];

    /// <summary>Left out: what the service allows.</summary>
    public int? MaxBatchChecks { get; set; }

    /// <summary>Left out: no limit of its own.</summary>
    public int? ChecksPerSecond { get; set; }

    /// <summary>Left out: no limit of its own.</summary>
    public int? RegistryCallsPerSecond { get; set; }
}

/// <summary>How the document is read: what is not known, or given twice, is an error and never overlooked.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    MaxDepth = 8)]
[JsonSerializable(typeof(GrantsDocument))]
internal sealed partial class GrantsJsonContext : JsonSerializerContext;
