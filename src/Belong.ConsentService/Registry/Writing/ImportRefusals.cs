using System.Globalization;
using Belong.ConsentService.Hosting;
using Grpc.Core;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>The members that an import refuses: the first ends it, unless they are to be skipped.</summary>
internal sealed class ImportRefusals(bool isSkipping)
{
    public const int MaxListed = 100;
    private readonly List<V1.ImportRefusal> _listed = [];

    public long Count { get; private set; }

    /// <summary>Of the members that were never staged.</summary>
    public void Add(long line, RpcException refusal)
    {
        if (!isSkipping)
        {
            throw Refusal.Of(refusal.StatusCode, "IMPORT_REFUSED", $"line {Number(line)}: {refusal.Status.Detail}");
        }

        Count++;
        if (_listed.Count < MaxListed)
        {
            _listed.Add(new V1.ImportRefusal { Line = line, Message = refusal.Status.Detail });
        }
    }

    /// <summary>Of the members that were staged and could not be inserted.</summary>
    public void Add(long count, IEnumerable<(long Line, string Id, bool IsRepeated)> first)
    {
        Count += count;
        foreach (var (line, id, isRepeated) in first)
        {
            var message = isRepeated
                ? $"member_id is {Require.Show(id)}: an earlier line registers the same member"
                : $"member_id is {Require.Show(id)}: the member is registered already";
            if (!isSkipping)
            {
                throw Refusal.Of(StatusCode.AlreadyExists, "IMPORT_REFUSED", $"line {Number(line)}: {message}");
            }

            _listed.Add(new V1.ImportRefusal { Line = line, Message = message });
        }
    }

    public IEnumerable<V1.ImportRefusal> Listed() => _listed.OrderBy(refusal => refusal.Line).Take(MaxListed);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
