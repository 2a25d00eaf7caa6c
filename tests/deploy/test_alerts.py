"""Every alarm asks for what is exported, says how bad it is, and leads to what is to be done."""

import re
from typing import Any

import pytest
import yaml
from prometheus_client import Counter
from prometheus_client.metrics import MetricWrapperBase

from shared.telemetry import metrics
from tests.docs.pages import ROOT, anchors

RULES = yaml.safe_load((ROOT / "deploy" / "observability" / "alerts.yml").read_text())
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]
EXPORTED: dict[str, tuple[str, ...]] = {
    f"{found._name}_total" if isinstance(found, Counter) else found._name: found._labelnames
    for found in vars(metrics).values()
    if isinstance(found, MetricWrapperBase)
}


def named(expression: str) -> set[str]:
    return set(re.findall(r"\bsteward_\w+", expression))


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alarm_asks_for_what_is_exported(alert: dict[str, Any]) -> None:
    asked = named(alert["expr"])
    assert asked
    assert asked <= EXPORTED.keys()
    labels = {label for name in asked for label in EXPORTED[name]}
    assert set(re.findall(r"\$labels\.(\w+)", alert["annotations"]["summary"])) <= labels


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alarm_leads_to_its_runbook(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in {"warning", "critical"}
    page, _, anchor = alert["annotations"]["runbook_url"].partition("#")
    assert anchor in anchors(ROOT / page)


def test_a_lag_of_two_minutes_is_an_alarm() -> None:
    (late,) = [alert for alert in ALERTS if alert["alert"] == "StewardRegionLate"]
    assert late["expr"] == "steward_federation_lag_seconds > 120"


def test_names_are_unique_and_a_wrong_metric_would_be_noticed() -> None:
    assert len({alert["alert"] for alert in ALERTS}) == len(ALERTS)
    assert not named("rate(steward_nothing[5m]) > 0") <= EXPORTED.keys()
