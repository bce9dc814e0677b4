using System.Collections.Immutable;

namespace Tangelo.Regress;

/// <summary>What the command line asks for.</summary>
internal sealed record Options(ImmutableArray<Mode> Modes, ImmutableArray<string> Files, string? Details, string? Report)
{
    public static Options Parse(string[] arguments)
    {
        var options = new Options([Mode.Local, Mode.Distributed], [], null, null);
        for (var i = 0; i < arguments.Length; i++)
        {
            options = arguments[i] switch
            {
                "--mode" => options with { Modes = ModesOf(Value(arguments, ref i)) },
                "--details" => options with { Details = Value(arguments, ref i) },
                "--write" => options with { Report = Value(arguments, ref i) },
                var file => options with { Files = options.Files.Add(file) },
            };
        }
        return options;
    }

    private static ImmutableArray<Mode> ModesOf(string name) => name switch
    {
        "local" => [Mode.Local],
        "distributed" => [Mode.Distributed],
        "both" => [Mode.Local, Mode.Distributed],
        _ => throw new ArgumentException($"--mode is local, distributed or both, not {name}"),
    };

    private static string Value(string[] arguments, ref int i) =>
        ++i < arguments.Length ? arguments[i] : throw new ArgumentException($"{arguments[i - 1]} needs a value");
}
