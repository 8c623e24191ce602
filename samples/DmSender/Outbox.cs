using Belong.ConsentService.Client;

namespace DmSender;

/// <summary>Stands for what prints letters. It takes what a permission gave and nothing else: an id alone cannot be sent to.</summary>
internal sealed class Outbox
{
    private readonly HashSet<string> _sent = [];

    public int Count => _sent.Count;

    public int Repeated { get; private set; }

    public bool Has(string member) => _sent.Contains(member);

    public void Send(Permitted to) => Repeated += _sent.Add(to.MemberId) ? 0 : 1;
}
