using Belong.ConsentService.Testing.Mix;
using Google.Protobuf;

namespace Belong.ConsentService.Dev.Bench.Load;

/// <summary>A unary call that is asked of many members: the message as bytes, with a place for the seven digits of the id.</summary>
internal sealed class Question
{
    private const int Digits = 7;

    private readonly byte[] _message;
    private readonly int _digitsAt;

    /// <param name="example">The message for member 0.</param>
    /// <param name="authorization">Sent with each call; empty for none.</param>
    public Question(string path, IMessage example, string authorization = "")
    {
        Path = path;
        Authorization = authorization;
        _message = example.ToByteArray();
        var id = MemberMix.Id(0);
        _digitsAt = _message.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(id)) + id.Length - Digits;
    }

    /// <summary>Such as <c>/belong.consent.v1.ConsentCheck/CheckUse</c>.</summary>
    public string Path { get; }

    public string Authorization { get; }

    public int Length => _message.Length;

    public void Write(Span<byte> to, int member)
    {
        _message.CopyTo(to);
        for (var i = _digitsAt + Digits - 1; i >= _digitsAt; i--, member /= 10)
        {
            to[i] = (byte)('0' + (member % 10));
        }
    }
}
