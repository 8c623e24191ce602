namespace Belong.ConsentService.Cache;

/// <summary>Which kinds of fact a value holds, in the order in which they follow. The common ones fit one byte.</summary>
[Flags]
internal enum MemberKinds : ushort
{
    None = 0,
    AcquiredPolicy = 1 << 0,
    ServiceUses = 1 << 1,
    Consents = 1 << 2,
    DmOptOuts = 1 << 3,
    AdMailOptIns = 1 << 4,
    Obligations = 1 << 5,
    Statuses = 1 << 6,
    UseStops = 1 << 7,
    ProvisionStops = 1 << 8,
    ItemStops = 1 << 9,
    SurveyOptIns = 1 << 10,
    PolicyAcceptances = 1 << 11,
    Tombstone = 1 << 12,
    Unreadable = 1 << 13,
    All = (1 << 14) - 1,
}
