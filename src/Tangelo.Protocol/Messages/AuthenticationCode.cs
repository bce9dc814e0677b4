namespace Tangelo.Protocol.Messages;

/// <summary>What an Authentication message asks for or says (PostgreSQL manual, "Message Formats").</summary>
public static class AuthenticationCode
{
    public const int Ok = 0;
    public const int CleartextPassword = 3;
    public const int Md5Password = 5;
    public const int Sasl = 10;
    public const int SaslContinue = 11;
    public const int SaslFinal = 12;
}
