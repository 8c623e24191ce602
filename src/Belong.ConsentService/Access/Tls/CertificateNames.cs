using System.Formats.Asn1;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Belong.ConsentService.Access.Tls;

/// <summary>What a client certificate says of its owner: read once for each connection.</summary>
internal sealed class CertificateNames
{
    /// <summary>A certificate with more is nobody's.</summary>
    private const int MaxNames = 64;

    private static readonly ConditionalWeakTable<X509Certificate2, CertificateNames> Known = [];
    private static readonly Asn1Tag DnsTag = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);

    private CertificateNames(X509Certificate2 certificate)
    {
        Names = ReadNames(certificate);
        NotAfter = certificate.NotAfter.ToUniversalTime();
    }

    /// <summary>As grants name them: <c>dns:NAME</c> in small letters, <c>uri:URI</c>.</summary>
    public string[] Names { get; }

    public DateTime NotAfter { get; }

    public static CertificateNames Of(X509Certificate2 certificate) => Known.GetValue(certificate, static certificate => new CertificateNames(certificate));

    /// <summary>Names of hosts are compared without regard to case, URIs with it.</summary>
    public static string Normalize(string name) => name.StartsWith("dns:", StringComparison.Ordinal) ? name.ToLowerInvariant() : name;

    private static string[] ReadNames(X509Certificate2 certificate)
    {
        if (certificate.Extensions["2.5.29.17"] is not { } extension)
        {
            return [];
        }

        try
        {
            var names = new List<string>();
            var general = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (general.HasData && names.Count < MaxNames)
            {
                var tag = general.PeekTag();
                if (tag.HasSameClassAndValue(DnsTag))
                {
                    names.Add(Normalize($"dns:{general.ReadCharacterString(UniversalTagNumber.IA5String, DnsTag)}"));
                }
                else if (tag.HasSameClassAndValue(UriTag))
                {
                    names.Add($"uri:{general.ReadCharacterString(UniversalTagNumber.IA5String, UriTag)}");
                }
                else
                {
                    general.ReadEncodedValue();
                }
            }

            return general.HasData ? [] : [.. names];
        }
        catch (AsnContentException)
        {
            return [];
        }
        catch (CryptographicException)
        {
            return [];
        }
    }
}
