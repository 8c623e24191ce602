using System.Text;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;
using Belong.ConsentService.Cli.Connection;
using Google.Protobuf;

namespace Belong.ConsentService.Cli.Records;

/// <summary>One kind of entry of the register, read from a file of proto JSON.</summary>
internal sealed record RegisterEntry(string Name, string Help, string Example, Func<string, string, RegisterChange> Parse)
{
    private const int MaxFileBytes = 1024 * 1024;

    public static IEnumerable<RegisterEntry> All { get; } =
    [
        new("vendor", "Puts a vendor whole: relations, contracts, delegations, supervision, re-delegation.", """
            The file:
              {"id": "V-CARRIER", "relations": ["VENDOR_RELATION_CONTRACTOR"], "status": "VENDOR_STATUS_ACTIVE", "country": "JP",
               "contracts": [{"from": "2025-04-01T00:00:00Z", "privacyClause": true}], "supervisionDue": "2027-03-31T00:00:00Z",
               "delegations": [{"task": "delivery", "purposes": ["PURPOSE_SERVICE_DELIVERY"], "items": ["DATA_ITEM_NAME"]}]}
            """, (json, complaint) => new RegisterChange { Vendor = Read<Vendor>(json, complaint) }),
        new("policy-version", "Puts a version of the privacy policy.", """
            The file:
              {"id": "v1", "effectiveAt": "2023-04-01T00:00:00Z", "notifiedAt": "2023-04-01T00:00:00Z",
               "change": "POLICY_CHANGE_INITIAL", "purposes": [1, 2, 3], "adMailRequiresOptIn": true}
            """, (json, complaint) => new RegisterChange { PolicyVersion = Read<PolicyVersion>(json, complaint) }),
        new("determination", "Puts a determination under §3-8.", """
            The file:
              {"ref": "D-1", "indispensable": true, "beneficial": true, "from": "2026-01-01T00:00:00Z", "by": "board"}
            """, (json, complaint) => new RegisterChange { Determination = Read<Determination>(json, complaint) }),
    ];

    public async Task<RegisterChange> ReadAsync(Invocation invocation, string path)
    {
        await using var stream = path == "-" ? invocation.Host.OpenInput() : File.OpenRead(path);
        var bytes = new byte[MaxFileBytes + 1];
        var count = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, invocation.Cancellation);
        if (count > MaxFileBytes)
        {
            throw new UsageException($"{path} is larger than 1 MiB.");
        }

        return Parse(Encoding.UTF8.GetString(bytes, 0, count), $"{path} is not a {Name} in proto JSON: ");
    }

    private static T Read<T>(string json, string complaint)
        where T : class, IMessage, new() =>
        ProtoJson.TryParse<T>(json, out var entry, out var problem) ? entry : throw new UsageException(complaint + problem);
}
