"""The audit of the year: what the HRIS did is in it as often as it did it, and the chain is whole."""

import json
import re
from collections import Counter
from typing import Any

from shared.audit.audited_operations import AUDITED
from shared.audit.export_check import verify
from steward_client import Answer, Client
from tests.conftest import PEPPER
from tests.servers import wait_for

EXPORT = "GET /v1/audit/registry/export"
ITS_OWN = "POST /v1/imports/leavers"  # which nobody else does in this year


class CountingClient(Client):
    """Counts what was answered, by token and operation, as far as it is about individuals."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url, token)
        self._done: Counter[tuple[Any, str]] = Counter()

    async def send(self, method: str, path: str, **options: Any) -> Answer:
        """As the client does."""
        answer = await super().send(method, path, **options)
        if operation := _audited(method, path):
            self._done[self.token, operation] += 1
        return answer

    def own(self) -> Counter[str]:
        """How often each operation was done under this token."""
        return Counter({name: count for (token, name), count in self._done.items() if token == self.token})


def _audited(method: str, path: str) -> str | None:
    for operation in AUDITED:
        known, _, template = operation.partition(" ")
        if method == known and re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path):
            return operation
    return None


class _Exported:
    """What an auditor has exported so far, whole seals at a time."""

    def __init__(self, auditor: Client) -> None:
        self._auditor = auditor
        self.lines: list[bytes] = []
        self._seal = 0

    async def more(self) -> None:
        """Everything that was sealed meanwhile."""
        while body := await self._auditor.get_audit_registry_export(after=self._seal):
            self.lines += body.splitlines()
            self._seal = json.loads(self.lines[-1])["number"]

    def entries(self) -> list[dict[str, Any]]:
        """The entries, oldest first."""
        return [each for each in map(json.loads, self.lines) if each["kind"] == "entry"]

    def of_the_hris(self) -> Counter[str]:
        """How often each operation stands in the audit under the HRIS's sign-in."""
        callers = {each["caller"] for each in self.entries() if each["operation"] == ITS_OWN}
        return Counter(each["operation"] for each in self.entries() if {each["caller"]} == callers)

    def has_an_export(self) -> bool:
        """Whether one of these exports is in the audit, too."""
        return any(each["operation"] == EXPORT for each in self.entries())


async def check_audit(client: CountingClient, auditor: Client) -> None:
    """Export until all that was done is sealed, an export among it; then verify the whole chain."""
    heads = {each["number"]: each["hash"] async for each in auditor.all_audit_registry_seals()}
    exported, own = _Exported(auditor), client.own()

    async def sealed() -> bool:
        await exported.more()
        return exported.of_the_hris() >= own and exported.has_an_export()

    await wait_for(sealed, timeout=60, every=1)
    found = exported.of_the_hris()
    assert {name: found[name] for name in own} == own
    verified = verify(exported.lines, heads, PEPPER)
    assert (verified.faults, verified.first) == ([], 1)
