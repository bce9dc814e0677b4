"""Medians and ratios as a Markdown table."""
import statistics


class Figures:
    """All figures of a run, by measure and target."""

    def __init__(self):
        self._rows = {}

    def add(self, measure, name, target, value):
        row = self._rows.setdefault(name, (measure, {}))
        row[1].setdefault(target, []).append(value)

    def table(self, columns):
        lines = ["| measure | unit | " + " | ".join(columns) + " | tangelo / " + " | tangelo / ".join(c for c in columns if c != "tangelo") + " |"]
        lines.append("|---|---|" + "---:|" * (2 * len(columns) - 1 if "tangelo" in columns else 2 * len(columns)))
        for name, (measure, targets) in self._rows.items():
            medians = {target: statistics.median(values) for target, values in targets.items()}
            cells = [shown(medians.get(column), measure.unit) for column in columns]
            for column in columns:
                if column == "tangelo":
                    continue
                known = medians.get("tangelo") is not None and medians.get(column)
                cells.append(f"{medians['tangelo'] / medians[column]:.2f}" if known else "-")
            lines.append(f"| {name} | {measure.unit} | " + " | ".join(cells) + " |")
        return "\n".join(lines)


def shown(value, unit):
    if value is None:
        return "-"
    return f"{value:,.0f}" if unit == "tps" else f"{value:,.2f}" if unit == "s" or value < 10 else f"{value:,.1f}"
