// Hands orders to a carrier: asks which items of each member may go, and prints labels of these alone. Ends with 0 only if all was as it should be.
using Belong.Consent.V1;
using Belong.ConsentService.Client;
using FulfilmentService;
using Microsoft.Extensions.DependencyInjection;

await using var services = new ServiceCollection()
    .AddConsentClient(options =>
    {
        options.Addresses = [Environment.GetEnvironmentVariable("CONSENT_ADDRESS") ?? "http://127.0.0.1:5080"];
        options.Key = Environment.GetEnvironmentVariable("CONSENT_KEY");
    })
    .BuildServiceProvider();
var consent = services.GetRequiredService<IConsentClient>();

// What this program does along with a disclosure: it prints what may go and nothing else, for the order alone.
Obligation[] honoured = [Obligation.SendOnlyPermittedItems, Obligation.LimitToResidualObligation];
DataItem[] wanted = [DataItem.Name, DataItem.Address, DataItem.Phone, DataItem.BirthDate];

// Orders come with more than the carrier needs: the birth date must never go.
var orders = Enumerable.Range(1, 2_500).Select(number => $"M{number:D7}").ToArray();
var checks = orders.Select(member => new BatchCheck { CorrelationId = $"order-{member}", Disclosure = new CheckDisclosureRequest { MemberId = member } }).ToArray();
var defaults = new CheckDefaults { RecipientId = "V-CARRIER", Purposes = { Purpose.ServiceDelivery }, Items = { wanted } };
var results = await consent.CheckBatchAsync(checks, defaults);

var labels = new Dictionary<string, Label>();
var held = new Dictionary<string, string>();
foreach (var result in results)
{
    var member = result.Check.Disclosure.MemberId;
    var label = result.Match(
        answered => answered.Answer.Match<Label?>(
            allowed => Label.Print(allowed.Exercise(honoured).Items, member),
            partly => Label.Print(partly.Exercise(honoured).Items, member),
            denied => null,
            undecided => null),
        refused => null);
    if (label is not null && label.CanBeDelivered)
    {
        labels[member] = label;
    }
    else
    {
        held[member] = result.Match(answered => answered.Answer.ToString(), refused => refused.Refusal.Message);
    }
}

Console.WriteLine($"{results.Count} orders: {labels.Count} labels printed, {held.Count} held back.");
Console.WriteLine($"  {labels.First().Value.Text}");
foreach (var why in held.Values.CountBy(why => why).OrderByDescending(why => why.Value).Take(5))
{
    Console.WriteLine($"  {why.Value,6}  {why.Key}");
}

// The whole: only what the carrier needs is asked for, so that it is allowed whole.
var whole = await consent.CheckDisclosureAsync(new CheckDisclosureRequest
{
    MemberId = "M0000001", RecipientId = "V-CARRIER", Purposes = { Purpose.ServiceDelivery }, Items = { DataItem.Name, DataItem.Address },
});
Console.WriteLine($"Name and address of M0000001 to V-CARRIER: {whole}");

var isRight = results.Count == orders.Length
    && results.Zip(checks).All(pair => ReferenceEquals(pair.First.Check, pair.Second))
    && labels.ContainsKey("M0000001") && held.ContainsKey("M0000004")
    && labels.Values.All(label => !label.Text.Contains("born", StringComparison.Ordinal))
    && results.OfType<BatchAnswered>().All(result => result.Answer is not Allowed)
    && whole is Allowed name && name.Exercise(honoured).Items.SetEquals([DataItem.Name, DataItem.Address]);
Console.WriteLine(isRight ? "Nothing went to the carrier but what it needs." : "NOT as it should be.");
return isRight ? 0 : 1;
