"""Prometheus's alarm rules on what was really scraped, as far as the rules of federations go.

The parser is Prometheus's grammar; evaluated are series by name and labels, comparisons with a number,
`or`, and two functions over time. Anything else is an error and not silence.
"""

import operator
from dataclasses import dataclass, field
from typing import Any

import promql_parser as promql
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.docs.pages import ROOT

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]
RULES = yaml.safe_load((ROOT / "deploy" / "observability" / "alerts.yml").read_text())
ALERTS: dict[str, str] = {rule["alert"]: rule["expr"] for group in RULES["groups"] for rule in group["rules"]}
_COMPARED = {">": operator.gt, "<": operator.lt, "==": operator.eq, "!=": operator.ne}
_OVER_TIME = {"delta": lambda found: found[-1] - found[0], "min_over_time": min}


@dataclass
class Scraped:
    """What one target answered, scrape after scrape, all within the time that a rule looks back."""

    scrapes: list[dict[str, Vector]] = field(default_factory=list)

    def add(self, text: str) -> None:
        """One more answer of `/metrics`."""
        series: dict[str, Vector] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                series.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
        self.scrapes.append(series)

    def firing(self, alert: str) -> list[dict[str, str]]:
        """The labels for which an alarm's expression holds now."""
        return [dict(labels) for labels in self._vector(promql.parse(ALERTS[alert]))]

    def _vector(self, expr: Any) -> Vector:
        match expr:
            case promql.VectorSelector():
                return _matching(expr, self.scrapes[-1])
            case promql.Call():
                return self._over_time(expr)
            case promql.BinaryExpr() if str(expr.op) == "or":
                left = self._vector(expr.lhs)
                return {**self._vector(expr.rhs), **left}
            case promql.BinaryExpr() if isinstance(expr.rhs, promql.NumberLiteral):
                holds = _COMPARED[str(expr.op)]
                return {at: one for at, one in self._vector(expr.lhs).items() if holds(one, expr.rhs.val)}
        raise NotImplementedError(expr.prettify())

    def _over_time(self, call: Any) -> Vector:
        (selector,) = call.args
        found: dict[Labels, list[float]] = {}
        for scrape in self.scrapes:
            for labels, value in _matching(selector.vector_selector, scrape).items():
                found.setdefault(labels, []).append(value)
        return {
            labels: float(_OVER_TIME[call.func.name](values))
            for labels, values in found.items()
            if len(values) > 1 or call.func.name != "delta"
        }


def _matching(selector: Any, scrape: dict[str, Vector]) -> Vector:
    if selector.matchers.matchers or selector.offset or selector.at:
        raise NotImplementedError(selector.prettify())
    return scrape.get(selector.name, {})
