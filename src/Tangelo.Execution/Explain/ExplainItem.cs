using System.Collections.Immutable;

namespace Tangelo.Execution.Explain;

/// <summary>A piece of EXPLAIN's output in a structured format (JSON, XML, YAML).</summary>
internal abstract record ExplainItem(string Label);

/// <summary>A label with a value; <paramref name="IsText"/> tells strings from numbers and booleans.</summary>
internal sealed record ExplainValue(string Label, string Value, bool IsText = true) : ExplainItem(Label);

/// <summary>A label with several strings.</summary>
internal sealed record ExplainTexts(string Label, ImmutableArray<string> Values) : ExplainItem(Label);

/// <summary>A label with further items.</summary>
internal sealed record ExplainObject(string Label, ImmutableArray<ExplainItem> Members) : ExplainItem(Label);

/// <summary>A label with objects, which have the label themselves where the format wants one.</summary>
internal sealed record ExplainList(string Label, ImmutableArray<ExplainObject> Objects) : ExplainItem(Label);

/// <summary>A label with a whole output of EXPLAIN in the same format.</summary>
internal sealed record ExplainDocument(string Label, List<string> Lines) : ExplainItem(Label);
