using PublicApiGenerator;

namespace Belong.ConsentService.Client.Tests;

/// <summary>What others build on does not change unseen.</summary>
public class PublicApiTests
{
    [Fact]
    public void It_is_the_one_in_the_file()
    {
        var api = typeof(IConsentClient).Assembly.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false });
        var expected = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "PublicApi.txt"));
        if (api.Trim() != expected.Trim())
        {
            File.WriteAllText(Path.Combine(AppContext.BaseDirectory, "PublicApi.received.txt"), api);
        }

        Assert.Equal(expected.Trim(), api.Trim());
    }

    [Fact]
    public void Nothing_of_an_answer_is_a_bool()
    {
        Type[] answers = [typeof(ConsentAnswer), typeof(Allowed), typeof(PartlyAllowed), typeof(Denied), typeof(Undecided), typeof(MemberVerdict), typeof(CandidateVerdict), typeof(BatchResult)];

        Assert.All(answers, type =>
        {
            Assert.DoesNotContain(type.GetProperties(), property => property.PropertyType == typeof(bool) || property.PropertyType == typeof(Belong.Consent.V1.Outcome));
            Assert.DoesNotContain(type.GetMethods(), method => method.Name.StartsWith("op_", StringComparison.Ordinal));
            Assert.Empty(type.GetConstructors());
        });
        Assert.False(typeof(Allowed).IsAssignableFrom(typeof(PartlyAllowed)));
    }
}
