// A campaign by post: screens a list, sends in waves, and leaves out whoever left meanwhile. Ends with 0 only if all was as it should be.
using Belong.Consent.V1;
using Belong.ConsentService.Client;
using DmSender;
using Microsoft.Extensions.DependencyInjection;

const int WaveSize = 500;

await using var services = new ServiceCollection()
    .AddConsentClient(options =>
    {
        options.Addresses = [Environment.GetEnvironmentVariable("CONSENT_ADDRESS") ?? "http://127.0.0.1:5080"];
        options.Key = Environment.GetEnvironmentVariable("CONSENT_KEY");
    })
    .BuildServiceProvider();
var consent = services.GetRequiredService<IConsentClient>();

// The question, and what this program does along with each mail: waves ask again at the moment of sending.
var question = new AudienceHeader { Use = new CheckUseRequest { Purposes = { Purpose.DirectMarketing }, Channel = Channel.Postal } };
Obligation[] honoured = [Obligation.RecheckAtSend];

var list = Enumerable.Range(1, 2_000).Select(number => $"M{number:D7}").ToArray();
var audience = await consent.ScreenAsync(question, list.ToAsyncEnumerable(), honoured);
Console.WriteLine($"Screened {audience.Screened.MemberCount} members: {audience.Screened.CandidateCount} may be written to.");
foreach (var (reason, members) in audience.Screened.Totals)
{
    Console.WriteLine($"  {members,6}  {reason}");
}

var outbox = new Outbox();
var desk = new PrivacyDesk(consent);
string? leaver = null;
try
{
    while (await audience.NextWaveAsync(WaveSize) is { } wave)
    {
        while (wave.TryTake(out var to))
        {
            outbox.Send(to);
        }

        Console.WriteLine($"Sent a wave of {wave.Size}; {audience.Count} still to go, {audience.Left.Count} left.");
        if (leaver is null)
        {
            // In the midst of the campaign somebody on the list asks not to be written to any more.
            leaver = await desk.FindAllowedAsync(list.Where(member => !outbox.Has(member)).Reverse());
            await desk.OptOutAsync(leaver);
            Console.WriteLine($"{leaver} opted out.");
        }
    }
}
finally
{
    if (leaver is not null)
    {
        await desk.LiftAsync(leaver);
    }
}

// Nobody twice, nobody who left, and all the others.
var isRight = leaver is not null && !outbox.Has(leaver) && audience.Left.GetValueOrDefault(leaver) == ReasonCode.DmOptedOut
    && outbox.Repeated == 0 && outbox.Count + audience.Left.Count == audience.Screened.CandidateCount;
Console.WriteLine(isRight
    ? $"Sent {outbox.Count} letters; {audience.Left.Count} left the list meanwhile, among them {leaver}: {audience.Left[leaver!]}."
    : $"NOT as it should be: {outbox.Count} letters, {outbox.Repeated} of them repeated, {audience.Left.Count} left, leaver {leaver}.");
return isRight ? 0 : 1;
