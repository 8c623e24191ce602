using Belong.ConsentService.Access;
using Belong.ConsentService.Hosting;
using Grpc.Core;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>Whether a caller's grant names the facts that it records.</summary>
internal static class WriteRights
{
    public static void Require(Caller caller, IList<V1.MemberChange> changes)
    {
        for (var i = 0; i < changes.Count && i < WriteShape.MaxMemberChanges; i++)
        {
            // No change at all is told where its shape is looked at.
            if (changes[i].ChangeCase is var change and not V1.MemberChange.ChangeOneofCase.None && !caller.Facts.Contains(change))
            {
                throw Refuse(caller, $"{WriteShape.Position(i)} is {V1.MemberChange.Descriptor.FindFieldByNumber((int)change).Name}");
            }
        }
    }

    public static void Require(Caller caller, IList<V1.RegisterChange> changes)
    {
        for (var i = 0; i < changes.Count && i < WriteShape.MaxRegisterChanges; i++)
        {
            if (changes[i].ChangeCase is var change and not V1.RegisterChange.ChangeOneofCase.None && !caller.Facts.Contains(change))
            {
                throw Refuse(caller, $"{WriteShape.Position(i)} is {V1.RegisterChange.Descriptor.FindFieldByNumber((int)change).Name}");
            }
        }
    }

    public static void RequireImport(Caller caller)
    {
        if (!caller.Facts.Contains(FactSet.Import))
        {
            throw Refuse(caller, "the call is an import");
        }
    }

    private static RpcException Refuse(Caller caller, string what)
    {
        var granted = string.Join(", ", caller.Facts.Granted);
        return Refusal.Of(StatusCode.PermissionDenied, "CALLER_NOT_PERMITTED", $"{what}: caller '{caller.Name}' may record {(granted.Length == 0 ? "nothing" : granted)}");
    }
}
