using System.Collections.Immutable;
using System.Text.Json;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Planning.Calls;

/// <summary>What the coordinator's catalog says of a distributed function (<c>tangelo_call_definition</c>).</summary>
internal sealed class FunctionDefinition
{
    /// <summary>Stands for the copy's schema in <see cref="Rights"/>.</summary>
    internal const string SchemaMark = "tangelo_call_schema";

    private readonly string _modes;

    private FunctionDefinition(JsonElement facts, bool isVisible)
    {
        IsVisible = isVisible;
        Definition = facts.GetProperty("definition").GetString()!;
        Body = facts.GetProperty("body").GetString()!;
        QualifiedName = facts.GetProperty("qualified").GetString()!;
        Version = facts.GetProperty("version").ToString();
        IsPlpgsql = facts.GetProperty("language").GetString() == "plpgsql";
        Writes = facts.GetProperty("writes").GetBoolean();
        IsSecurityDefiner = facts.GetProperty("definer").GetBoolean();
        SearchPath = facts.GetProperty("path").GetString();
        Defaults = facts.GetProperty("defaults").GetString();
        Owner = facts.GetProperty("owner").GetString()!;
        InputTypes = [.. Items(facts.GetProperty("inputs")).Select(i => new Oid((uint)i.GetInt64()))];
        Rights = [.. Items(facts.GetProperty("rights")).Select(i => i.GetString()!)];
        Names = [.. Items(facts.GetProperty("names")).Select(i => i.GetString()!)];
        _modes = string.Concat(Items(facts.GetProperty("modes")).Select(i => i.GetString()));
        if (_modes.Length == 0)
            _modes = new string('i', InputTypes.Length);
    }

    /// <summary>CREATE OR REPLACE FUNCTION or PROCEDURE, as pg_get_functiondef writes it.</summary>
    internal string Definition { get; }

    internal string Body { get; }

    internal string QualifiedName { get; }

    /// <summary>Another one with every change of the function.</summary>
    internal string Version { get; }

    internal bool IsPlpgsql { get; }

    /// <summary>True for a volatile function.</summary>
    internal bool Writes { get; }

    internal bool IsSecurityDefiner { get; }

    /// <summary>True when the search path finds it.</summary>
    internal bool IsVisible { get; }

    /// <summary>Its own search_path; null when it has the caller's.</summary>
    internal string? SearchPath { get; }

    /// <summary>What arguments get that a call leaves out, with commas between; null when all have to be given.</summary>
    internal string? Defaults { get; }

    internal string Owner { get; }

    internal ImmutableArray<Oid> InputTypes { get; }

    /// <summary>Commands that give a copy its owner and the rights on it.</summary>
    internal ImmutableArray<string> Rights { get; }

    /// <summary>The names of all arguments, OUT and TABLE ones too, "" for one without; empty when none has a name.</summary>
    internal ImmutableArray<string> Names { get; }

    /// <summary>All arguments, OUT and TABLE ones too.</summary>
    internal int ArgumentCount => _modes.Length;

    /// <summary>What the coordinator is asked.</summary>
    internal static string Probe(DistributedFunction function) =>
        $"SELECT pg_catalog.tangelo_call_definition({function.Oid.Value}, '{SchemaMark}')::text, pg_catalog.pg_function_is_visible({function.Oid.Value})";

    /// <summary>Null when a call has to run on the coordinator whatever the body is.</summary>
    internal static FunctionDefinition? Read(IReadOnlyList<string?[]> rows)
    {
        if (rows is not [[{ } text, var visible]])
            return null;
        using var document = JsonDocument.Parse(text);
        return new FunctionDefinition(document.RootElement, visible == "t");
    }

    internal string NameOf(int argument) => argument < Names.Length ? Names[argument] : "";

    /// <summary>The place of an input among all arguments, from 0.</summary>
    internal int PlaceOfInput(int input)
    {
        for (var place = 0; place < _modes.Length; place++)
        {
            if (_modes[place] is 'i' or 'b' && input-- == 0)
                return place;
        }

        return -1;
    }

    /// <summary>The definition before and after the body.</summary>
    internal (string Head, string Tail) AroundBody => (Definition[..BodyStart], Definition[(BodyStart + Body.Length)..]);

    private int BodyStart => Definition.LastIndexOf(Body, StringComparison.Ordinal);

    /// <summary>What the definition says between the function's name and its body.</summary>
    internal string Head
    {
        get
        {
            var start = Definition.IndexOf(QualifiedName, StringComparison.Ordinal) + QualifiedName.Length;
            return Definition[start..Definition.LastIndexOf("AS $", BodyStart, StringComparison.Ordinal)];
        }
    }

    /// <summary>The inputs' places among all arguments.</summary>
    internal IEnumerable<int> InputPlaces => Enumerable.Range(0, _modes.Length).Where(p => _modes[p] is 'i' or 'b');

    private static JsonElement.ArrayEnumerator Items(JsonElement list) => list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default;
}
