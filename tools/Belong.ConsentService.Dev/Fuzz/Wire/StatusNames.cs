namespace Belong.ConsentService.Dev.Fuzz.Wire;

/// <summary>The statuses of gRPC in capitals.</summary>
internal static class StatusNames
{
    public const string Ok = "OK";
    public const string Unauthenticated = "UNAUTHENTICATED";

    private static readonly string[] Names =
    [
        Ok, "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", Unauthenticated,
    ];

    public static string Of(string number) => int.TryParse(number, out var code) && code >= 0 && code < Names.Length ? Names[code] : $"status {number}";
}
