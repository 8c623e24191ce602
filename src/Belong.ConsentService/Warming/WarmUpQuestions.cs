using Belong.Consent.V1;
using Belong.ConsentService.Database;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;
using Channel = Belong.Consent.V1.Channel;
using Purpose = Belong.Consent.V1.Purpose;

namespace Belong.ConsentService.Warming;

/// <summary>What is asked to warm up, of some members of the database and a vendor of the register.</summary>
internal sealed class WarmUpQuestions(IServiceProvider services)
{
    private const int MaxMembers = 20;

    /// <summary>Stands for a member where there is none: missed once, it is then in the cache for a minute as nobody.</summary>
    private const string Nobody = "warm-up";

    private readonly FactsDatabase _database = services.GetRequiredService<FactsDatabase>();
    private readonly FactsStateHolder _holder = services.GetRequiredService<FactsStateHolder>();
    private readonly TimeSpan _timeout = services.GetRequiredService<LookupSettings>().DatabaseTimeout;
    private IReadOnlyList<string> _members = [];

    public async ValueTask<IReadOnlyList<string>> ReadMembersAsync(CancellationToken cancellation)
    {
        if (_members.Count == 0)
        {
            using var limit = new CommandCancellation(_timeout, TimeProvider.System, cancellation);
            var members = await _database.ReadSomeIdsAsync(MaxMembers, limit.Token);
            _members = members.Count > 0 ? members : [Nobody];
        }

        return _members;
    }

    public static CheckUseRequest Use(string member) => new()
    {
        MemberId = member,
        Purposes = { Purpose.DirectMarketing },
        Channel = Channel.Postal,
    };

    public CheckDisclosureRequest Disclosure(string member) => new()
    {
        MemberId = member,
        Capacity = Capacity.Contractor,
        RecipientId = _holder.Current.Register.Vendors is [var vendor, ..] ? vendor.Id : Nobody,
        Purposes = { Purpose.ServiceDelivery },
        Items = { DataItem.Name, DataItem.Address, DataItem.BirthDate },
    };

    public static CheckAnonymizedProvisionRequest AnonymizedProvision() => new()
    {
        RecipientId = Nobody,
        Purposes = { Purpose.ServiceDelivery },
    };
}
