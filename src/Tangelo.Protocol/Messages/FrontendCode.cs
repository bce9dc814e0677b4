namespace Tangelo.Protocol.Messages;

/// <summary>Type bytes of messages that a client sends (PostgreSQL manual, "Message Formats").</summary>
public static class FrontendCode
{
    public const byte Bind = (byte)'B';
    public const byte Close = (byte)'C';
    public const byte CopyData = (byte)'d';
    public const byte CopyDone = (byte)'c';
    public const byte CopyFail = (byte)'f';
    public const byte Describe = (byte)'D';
    public const byte Execute = (byte)'E';
    public const byte Flush = (byte)'H';
    public const byte FunctionCall = (byte)'F';
    public const byte Parse = (byte)'P';
    public const byte Password = (byte)'p';
    public const byte Query = (byte)'Q';
    public const byte Sync = (byte)'S';
    public const byte Terminate = (byte)'X';

    /// <summary>The request code of CancelRequest in a start-up packet.</summary>
    public const int CancelRequest = 80877102;

    /// <summary>The request code of SSLRequest.</summary>
    public const int SslRequest = 80877103;

    /// <summary>The request code of GSSENCRequest.</summary>
    public const int GssEncRequest = 80877104;

    /// <summary>Protocol 3.0.</summary>
    public const int Version30 = 3 << 16;
}
