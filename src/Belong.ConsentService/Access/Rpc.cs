namespace Belong.ConsentService.Access;

/// <summary>The RPCs of the contract, as grants and metrics name them.</summary>
public enum Rpc
{
    CheckUse = 0,
    CheckDisclosure = 1,
    CheckAnonymizedProvision = 2,
    CheckBatch = 3,
    GetServerInfo = 4,
    ScreenAudience = 5,
    WatchDecisions = 6,
    RecordMember = 7,
    RecordRegister = 8,
    ImportMembers = 9,
    GetMember = 10,
    GetMemberHistory = 11,
    GetRegister = 12,
}
