"""Collector, Jaeger, Prometheus, Grafana and the dashboard, read; by promtool too, where there is one."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY, Counter, Histogram
from prometheus_client.metrics import MetricWrapperBase
from typer.main import get_command

from deploy.cli import app
from deploy.services import NAMES
from shared.settings import Settings
from shared.telemetry import metrics
from shared.telemetry import provider as telemetry
from shared.telemetry.redaction import ATTRIBUTES as SENT
from tests.docs.pages import ROOT, anchors
from tests.docs.spans import ATTRIBUTES, RESOURCE, SPANS

FOLDER = ROOT / "deploy" / "observability"
trace_command = get_command(app).commands["trace"]
PROMETHEUS = {"up"}  # series that Prometheus makes by itself


def read(path: str) -> Any:
    return yaml.safe_load((FOLDER / path).read_text())


COLLECTOR = read("collector.yaml")
JAEGER = read("jaeger.yaml")
SCRAPED = read("prometheus.yml")
RULES = [rule for group in read("service-alerts.yml")["groups"] for rule in group["rules"]]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
WATCHING = {name: one for name, one in COMPOSE.items() if one.get("profiles") == ["observability"]}
DASHBOARD = json.loads((FOLDER / "grafana" / "dashboards" / "flow-of-events.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [(panel["title"], target["expr"]) for panel in PANELS for target in panel["targets"]]


def exported() -> dict[str, set[str]]:
    """Labels by the name of each series that services answer at /metrics."""
    found: dict[str, set[str]] = {}
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            endings = {Counter: ["_total"], Histogram: ["_count", "_sum", "_bucket"]}.get(type(metric), [""])
            found |= {f"{metric._name}{ending}": set(metric._labelnames) for ending in endings}
    return found


EXPORTED = exported()


@pytest.mark.parametrize("config", [COLLECTOR, JAEGER], ids=["collector", "jaeger"])
def test_every_component_is_defined_and_used(config: dict[str, Any]):
    pipelines = config["service"]["pipelines"].values()
    connectors = set(config.get("connectors", {}))
    for kind in ("receivers", "processors", "exporters"):
        used = {name for pipeline in pipelines for name in pipeline.get(kind, [])}
        assert used - connectors == set(config[kind])
    fed = {name for pipeline in pipelines for name in pipeline["exporters"]}
    read_from = {name for pipeline in pipelines for name in pipeline["receivers"]}
    assert connectors == connectors & fed & read_from
    assert set(config["service"]["extensions"]) == set(config["extensions"])


def test_memory_is_bounded_first_and_batches_come_last():
    for name, pipeline in COLLECTOR["service"]["pipelines"].items():
        if name.startswith("traces"):
            assert pipeline["processors"][:2] == ["memory_limiter", "redaction"]
    kept = COLLECTOR["service"]["pipelines"]["traces/kept"]["processors"]
    assert kept.index("tail_sampling") < kept.index("batch")  # batches split traces up


def test_errors_and_slow_flows_are_kept_once_their_consumers_are_heard():
    sampling = COLLECTOR["processors"]["tail_sampling"]
    policies = {policy["type"]: policy[policy["type"]] for policy in sampling["policies"]}
    assert policies["status_code"] == {"status_codes": ["ERROR"]}
    assert policies["latency"]["threshold_ms"] == 2000
    assert 0 < policies["probabilistic"]["sampling_percentage"] < 100
    assert int(sampling["decision_wait"].removesuffix("s")) > 30  # events are delivered again after that
    assert min(sampling["decision_cache"].values()) > sampling["num_traces"]


def test_the_collector_lets_through_what_services_send_and_the_page_says():
    assert SENT == ATTRIBUTES
    assert set().union(*SPANS.values()) == SENT
    allowed = COLLECTOR["processors"]["redaction"]
    assert set(allowed["allowed_keys"]) == SENT | RESOURCE | {"exception.type"}
    assert allowed["allow_all_keys"] is False


def test_the_resource_of_a_process_is_documented():
    assert set(telemetry.resource(Settings(service="planning")).attributes) == RESOURCE


def test_jaeger_reads_what_it_writes():
    stores = set(JAEGER["extensions"]["jaeger_storage"]["backends"])
    assert JAEGER["exporters"]["jaeger_storage_exporter"]["trace_storage"] in stores
    assert JAEGER["extensions"]["jaeger_query"]["storage"]["traces"] in stores
    assert COLLECTOR["exporters"]["otlp/jaeger"]["endpoint"] == "jaeger:4317"


def test_prometheus_asks_every_service_and_has_its_rules():
    jobs = {job["job_name"]: job for job in SCRAPED["scrape_configs"]}
    ports = {name: one["port"] for one in jobs["steward"]["dns_sd_configs"] for name in one["names"]}
    own = {"gateway": Settings(service="gateway", _env_prefix="NOTHING_").metrics_port}
    assert ports == dict.fromkeys(NAMES, 8080) | own
    assert not any("9464" in port for port in COMPOSE["gateway"]["ports"])  # that one is not published
    port = COLLECTOR["exporters"]["prometheus"]["endpoint"].rpartition(":")[2]
    assert jobs["collector"]["static_configs"][0]["targets"] == [f"collector:{port}"]
    mounted = " ".join(WATCHING["prometheus"]["volumes"])
    assert all((FOLDER / rules).exists() and f"/{rules}:" in mounted for rules in SCRAPED["rule_files"])


def test_panels_show_requests_outbox_consumers_and_pools():
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    asked = {name for _, query in QUERIES for name in named(query)}
    flow = {name for name in EXPORTED if re.match("steward_(events|outbox|consumer|pool|dead)_", name)}
    assert asked == flow | {"steward_http_seconds_count", "steward_http_seconds_bucket"} | PROMETHEUS


@pytest.mark.parametrize(("title", "query"), QUERIES, ids=[title for title, _ in QUERIES])
def test_a_panel_asks_for_what_is_exported(title: str, query: str):
    names = named(query)
    assert names, title
    assert names <= EXPORTED.keys() | PROMETHEUS
    labels = set().union(*(EXPORTED.get(name, {"job", "target"}) for name in names))
    assert set(re.findall(r"(\w+)\s*=~?\"", query)) <= labels
    grouped = {label.strip() for found in re.findall(r"by \(([^)]*)\)", query) for label in found.split(",")}
    assert grouped <= labels | {"le"}


def test_panels_ask_a_source_that_is_provisioned():
    sources = {
        one["uid"]: one for one in read("grafana/provisioning/datasources/datasources.yaml")["datasources"]
    }
    assert {panel["datasource"]["uid"] for panel in PANELS} <= sources.keys()
    hosts = {re.sub(r"https?://([^:]+):.*", r"\1", one["url"]) for one in sources.values()}
    assert hosts <= WATCHING.keys()
    (provider,) = read("grafana/provisioning/dashboards/dashboards.yaml")["providers"]
    assert any(f":{provider['options']['path']}:ro" in mount for mount in WATCHING["grafana"]["volumes"])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alarm_asks_for_what_is_exported_and_leads_to_its_runbook(rule: dict[str, Any]):
    assert named(rule["expr"]) <= EXPORTED.keys() | PROMETHEUS
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    assert anchor in anchors(ROOT / page)
    assert rule["labels"]["severity"] in {"warning", "critical"}


@pytest.mark.parametrize("name", ["StewardErrors", "StewardEventsRefused", "StewardDeadLetters"])
def test_an_alarm_about_a_failure_leads_to_a_flow_that_failed(name: str):
    (rule,) = [rule for rule in RULES if rule["alert"] == name]
    command = rule["annotations"]["flow"].partition(",")[0].replace("{{ $labels.service }}", "planning")
    assert "by (service)" in rule["expr"]
    asked = trace_command.make_context("trace", shlex.split(command)[2:])
    assert (asked.params["last_error"], asked.params["service"]) == (True, "planning")


def test_the_first_failure_raises_its_alarm():
    """An alarm looks for a rise, so every counter that one asks for is there, at 0, before anything failed."""
    risen = {name for rule in RULES for name in named(rule["expr"]) if name.endswith("_total")}
    assert risen >= {"steward_events_refused_total", "steward_publications_refused_total"}
    metrics.begin("nobody", ["nobody-yet"])
    now = {(one.name, one.labels.get("consumer")): one.value for one in samples("nobody")}
    assert {name for name, _ in now} >= risen | {"steward_dead_letters_total"}
    assert {now[name, "nobody-yet"] for name in ("steward_events_failed_total",)} == {0.0}
    assert set(now.values()) == {0.0}


def samples(service: str) -> list[Any]:
    """What this process says of one service, without when each series began."""
    found = [sample for family in REGISTRY.collect() for sample in family.samples]
    return [one for one in found if one.labels.get("service") == service and one.name.endswith("_total")]


def test_the_profile_is_pinned_published_on_loopback_and_reads_what_exists():
    assert WATCHING.keys() == {"collector", "jaeger", "prometheus", "grafana"}
    for one in WATCHING.values():
        assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+\.\d+", one["image"])
        assert all(port.startswith("127.0.0.1:") for port in one.get("ports", []))
        for mount in one["volumes"]:
            source, _, way = mount.partition(":")
            assert not source.startswith(".") or ((ROOT / source).exists() and way.endswith(":ro"))


def test_without_the_profile_nothing_is_sent():
    for name in NAMES:
        assert COMPOSE[name]["environment"]["STEWARD_OTLP_ENDPOINT"] == "${STEWARD_OTLP_ENDPOINT:-}"
        assert not set(COMPOSE[name]["depends_on"]) & WATCHING.keys()
    provider = telemetry.provider(Settings(service="planning", otlp_endpoint=""))
    assert provider._active_span_processor._span_processors == ()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool on this machine")
def test_promtool_agrees(tmp_path: Path):
    rules = [
        {"record": f"panel:{number}", "expr": simple(query)} for number, (_, query) in enumerate(QUERIES)
    ]
    panels = tmp_path / "panels.yml"
    panels.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    for what in (["config", FOLDER / "prometheus.yml"], ["rules", panels]):
        done = subprocess.run(
            ["promtool", "check", *map(str, what)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr + done.stdout


def named(query: str) -> set[str]:
    """The series that a query asks for."""
    return set(re.findall(r"\b(?:steward_\w+|up)\b", query))


def simple(query: str) -> str:
    """A panel's query with Grafana's variables filled in."""
    return query.replace("$__rate_interval", "5m").replace("$service", ".*")
