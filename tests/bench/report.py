"""Figures with their aims, as a table and as JSON."""

from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """One measured figure. `aim` says what it should be; None: told, not judged."""

    name: str
    value: float
    unit: str = ""
    aim: float | None = None
    at_most: bool = False  # the aim is an upper bound, otherwise a lower one
    detail: str = ""

    @property
    def verdict(self) -> str:
        """`ok`, `MISS`, or nothing where there is no aim."""
        if self.aim is None:
            return ""
        return "ok" if (self.value <= self.aim if self.at_most else self.value >= self.aim) else "MISS"


def table(figures: list[Figure]) -> str:
    """The figures as aligned lines."""
    width = max((len(figure.name) for figure in figures), default=0)
    lines = [f"{'figure':{width}} {'value':>10} {'unit':6} {'aim':>9} {'':4} detail"]
    for figure in figures:
        aim = "" if figure.aim is None else f"{'<=' if figure.at_most else '>='} {figure.aim:g}"
        value = f"{figure.value:>10.3g} {figure.unit:6} {aim:>9} {figure.verdict:4}"
        lines.append(f"{figure.name:{width}} {value} {figure.detail}")
    return "\n".join(lines)


def as_json(figures: list[Figure]) -> list[dict[str, object]]:
    """The same for programs."""
    return [{**asdict(figure), "verdict": figure.verdict} for figure in figures]


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of them lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def middle(values: list[float]) -> float:
    """Their median."""
    return float(median(values))
