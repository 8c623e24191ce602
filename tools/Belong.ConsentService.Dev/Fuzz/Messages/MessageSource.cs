using Belong.Consent.V1;
using Belong.ConsentService.Dev.Conformance;
using Belong.ConsentService.Testing.Cases;
using Belong.ConsentService.Testing.Mix;
using Google.Protobuf;

namespace Belong.ConsentService.Dev.Fuzz.Messages;

/// <summary>The bytes of hostile messages for a method: valid ones that were spoilt, and invented ones.</summary>
internal sealed class MessageSource
{
    private const int TooManyChecks = 10_001;
    private const int MaxMessageBytes = 4 * 1024 * 1024;

    private readonly Dictionary<string, List<byte[]>> _valid = [];

    /// <summary>How often a message is as large as can be: they are dear.</summary>
    public int ExtremePerTenThousand { get; set; } = 4;

    public MessageSource(string cases)
    {
        foreach (var (@case, index) in CaseFolder.Load(cases).Select((@case, index) => (@case, index)))
        {
            if (RequestWriter.Write(@case, new CaseNames(index)) is { } request)
            {
                Add(request.Descriptor.FullName, request);
                AddInside(request);
            }
        }

        AddWrites();
        Add("grpc.health.v1.HealthCheckRequest", new Grpc.Health.V1.HealthCheckRequest { Service = "belong.consent.v1.ConsentCheck" });
        Add("grpc.reflection.v1alpha.ServerReflectionRequest", new Grpc.Reflection.V1Alpha.ServerReflectionRequest { FileContainingSymbol = "belong.consent.v1.ConsentCheck" });
    }

    /// <summary>One message that the service should not like.</summary>
    public byte[] Next(FuzzMethod method, Random random)
    {
        if (random.Next(10_000) < ExtremePerTenThousand)
        {
            return Extreme(method, random);
        }

        var built = _valid.GetValueOrDefault(method.Request.FullName);
        return random.Next(3) switch
        {
            0 when built is not null => Mutator.Spoil(built[random.Next(built.Count)], built[random.Next(built.Count)], random),
            1 => Mutator.Spoil(HostileMessage.Build(method.Request, random).ToByteArray(), [], random),
            _ => HostileMessage.Build(method.Request, random).ToByteArray(),
        };
    }

    /// <summary>The messages of a stream of the caller: the header once, never or twice, chunks right, wrong or too large.</summary>
    public List<byte[]> NextStream(FuzzMethod method, Random random)
    {
        var messages = new List<byte[]>();
        var valid = _valid.GetValueOrDefault(method.Request.FullName);
        for (var left = random.Next(6); left > 0; left--)
        {
            messages.Add(valid is not null && random.Next(2) == 0 ? valid[random.Next(valid.Count)] : Next(method, random));
        }

        if (valid is not null && random.Next(3) > 0)
        {
            // The first of the valid ones is a header.
            messages.Insert(0, valid[0]);
        }

        return messages;
    }

    private static byte[] Extreme(FuzzMethod method, Random random) => random.Next(6) switch
    {
        0 => new CheckBatchRequest { Checks = { Enumerable.Range(0, TooManyChecks).Select(_ => new BatchCheck()) } }.ToByteArray(),
        1 => WireBytes.Field(1, new byte[MaxMessageBytes - 16]),
        2 => WireBytes.Field(1, new byte[MaxMessageBytes + random.Next(2_000)]),
        3 => new ScreenAudienceRequest { Chunk = new MemberChunk { MemberIds = { Enumerable.Repeat("M0000001", TooManyChecks) } } }.ToByteArray(),
        4 => WireBytes.Nest(1 + random.Next(16), 2_000),
        _ => [.. Enumerable.Repeat(WireBytes.Field(1 + (method.Path.Length % 5), "M0000001"u8), 20_000).SelectMany(field => field)],
    };

    private void Add(string type, IMessage message)
    {
        if (!_valid.TryGetValue(type, out var list))
        {
            _valid[type] = list = [];
        }

        list.Add(message.ToByteArray());
    }

    /// <summary>The same question in a batch, of a list, and in a watch.</summary>
    private void AddInside(IMessage request)
    {
        var check = request switch
        {
            CheckUseRequest use => new BatchCheck { Use = use },
            CheckDisclosureRequest disclosure => new BatchCheck { Disclosure = disclosure },
            CheckAnonymizedProvisionRequest provision => new BatchCheck { AnonymizedProvision = provision },
            _ => new BatchCheck(),
        };
        Add(CheckBatchRequest.Descriptor.FullName, new CheckBatchRequest { Checks = { check, new BatchCheck(), check } });
        if (request is not CheckUseRequest asked)
        {
            return;
        }

        var header = new AudienceHeader { Use = asked.Clone(), Reasons = ReasonDetail.All };
        header.Use.MemberId = "";
        Add(ScreenAudienceRequest.Descriptor.FullName, new ScreenAudienceRequest { Header = header });
        Add(ScreenAudienceRequest.Descriptor.FullName, new ScreenAudienceRequest { Chunk = new MemberChunk { MemberIds = { "M0000001", "M0000002", "nobody" } } });
        Add(WatchDecisionsRequest.Descriptor.FullName, new WatchDecisionsRequest { Header = header });
    }

    private void AddWrites()
    {
        var context = new Consent.V1.WriteContext { IdempotencyKey = "key", Actor = "desk", Reason = "because" };
        Add(ImportMembersRequest.Descriptor.FullName, new ImportMembersRequest { Header = new ImportHeader { Context = context, SkipInvalid = true } });
        foreach (var member in MemberMix.Generate(seed: 2, members: 200))
        {
            Add(RecordMemberRequest.Descriptor.FullName, new RecordMemberRequest { Context = context, MemberId = member.Id, Changes = { member.Changes } });
            Add(ImportMembersRequest.Descriptor.FullName, new ImportMembersRequest { Member = new ImportedMember { MemberId = $"X{member.Id}", Changes = { member.Changes } } });
            Add(GetMemberRequest.Descriptor.FullName, new GetMemberRequest { MemberId = member.Id });
            Add(GetMemberHistoryRequest.Descriptor.FullName, new GetMemberHistoryRequest { MemberId = member.Id, PageSize = 10 });
        }

        foreach (var change in DemoRegister.Changes)
        {
            Add(RecordRegisterRequest.Descriptor.FullName, new RecordRegisterRequest { Context = context, Changes = { change } });
        }
    }
}
