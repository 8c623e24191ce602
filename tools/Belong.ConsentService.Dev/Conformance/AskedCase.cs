using Belong.ConsentService.Testing.Cases;
using Google.Protobuf;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Conformance;

/// <summary>A case as it is asked of the stack.</summary>
/// <param name="Request">Null when the contract has no way to say it.</param>
/// <param name="Key">Of the caller.</param>
internal sealed record AskedCase(DecisionCase Case, CaseNames Names, IMessage? Request, string Key)
{
    public Metadata Authorization => Stack.Authorization(Key);

    public static AskedCase Of(DecisionCase @case, CaseNames names, string key) => new(@case, names, RequestWriter.Write(@case, names), key);
}
