using System.Runtime.ExceptionServices;
using Google.Protobuf;

namespace Tangelo.Sql.Parsing;

/// <summary>Decodes what libpg_query returns.</summary>
internal static unsafe class ProtobufTrees
{
    // Google.Protobuf stops at 100 nested messages, which an expression with 50 operators exceeds. The generated readers need some
    // kilobytes of stack for each level, so deeper trees are read on a stack of their own. Walking a tree needs far less; this many
    // levels are safe on any thread. PostgreSQL's own limit (max_stack_depth) allows a few times as many.
    private const int NestingLimit = 3000;
    private const int DeepStackSize = 64 << 20;

    internal static T Read<T>(MessageParser<T> parser, NativeMethods.PgQueryProtobuf buffer)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(new ReadOnlySpan<byte>(buffer.Data, checked((int)buffer.Length)));
        }
        catch (InvalidProtocolBufferException)
        {
            return ReadDeep(parser, buffer);
        }
    }

    private static T ReadDeep<T>(MessageParser<T> parser, NativeMethods.PgQueryProtobuf buffer)
        where T : IMessage<T>
    {
        T? tree = default;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    using var stream = new UnmanagedMemoryStream(buffer.Data, (long)buffer.Length);
                    using var input = CodedInputStream.CreateWithLimits(stream, int.MaxValue, NestingLimit);
                    tree = parser.ParseFrom(input);
                }
                catch (InvalidProtocolBufferException)
                {
                    failure = ExceptionDispatchInfo.Capture(NestingBound.Exceeded());
                }
            },
            DeepStackSize);
        thread.Start();
        thread.Join();
        failure?.Throw();
        return tree!;
    }
}
