namespace Belong.ConsentService.Access.Tls;

/// <summary>TLS on the gRPC port. Files are read again when they change.</summary>
public sealed class TlsSettings
{
    /// <summary>PEM: the certificate of the server and those between it and its root. Empty: no TLS.</summary>
    public string CertificateFile { get; set; } = "";

    /// <summary>PEM: its private key, not encrypted.</summary>
    public string KeyFile { get; set; } = "";

    /// <summary>PEM: the roots of client certificates. Empty: no client certificate is asked for.</summary>
    public string ClientCaFile { get; set; } = "";

    public bool IsOn => CertificateFile.Length > 0;
}
