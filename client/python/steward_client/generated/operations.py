"""Every operation of the API. Made by `make client`; do not change it by hand."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any, Literal

from steward_client.bodies import Lines, Text
from steward_client.generated import models
from steward_client.transport import Transport, step


class Operations(Transport):
    """The operations, named by method and path. All raise Problem."""

    async def get_all_webhooks(self) -> models.WebhooksOfAll:
        """Webhooks of everybody.

        Every webhook of this instance, without the path of its address, which may hold a secret of its
        owner's.
        """
        answer: models.WebhooksOfAll = await self.call("GET", "/v1/all-webhooks")
        return answer

    async def delete_all_webhooks_by_webhook_id(
        self, webhook_id: str, *, if_match: int | str | None = None
    ) -> None:
        """End anybody's webhook.

        Nothing more is delivered, and its position is forgotten. Raises NotFound `webhook-unknown`.
        """
        await self.call("DELETE", f"/v1/all-webhooks/{step(webhook_id)}", if_match=if_match)

    async def get_arrivals(self, *, limit: int | None = None, cursor: str | None = None) -> models.Arrivals:
        """People who came from other regions.

        What waits to be accepted or declined, for units of yours.
        """
        answer: models.Arrivals = await self.call(
            "GET", "/v1/arrivals", query={"limit": limit, "cursor": cursor}
        )
        return answer

    def all_arrivals(self, *, limit: int = 200) -> AsyncIterator[models.Arrival]:
        """Every item of `get_arrivals`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/arrivals", {"limit": limit})

    async def post_arrivals(
        self,
        json: models.ArrivalToReceive,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Arrival:
        """Bring what a person takes along.

        What a file of another region holds waits until somebody else accepts it. The same again changes
        nothing.
        """
        answer: models.Arrival = await self.call(
            "POST", "/v1/arrivals", json=json, if_match=if_match, idempotency_key=idempotency_key, keyed=True
        )
        return answer

    async def post_arrivals_by_origin_by_transfer_id_accept(
        self,
        origin: str,
        transfer_id: str,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Arrival:
        """Accept who came.

        The person is recorded here, with a post from the day of the transfer on, and has the results and
        plans.

        Whoever brought it cannot accept it. A second time changes nothing.
        """
        answer: models.Arrival = await self.call(
            "POST",
            f"/v1/arrivals/{step(origin)}/{step(transfer_id)}/accept",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_arrivals_by_origin_by_transfer_id_decline(
        self,
        origin: str,
        transfer_id: str,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Arrival:
        """Decline who came.

        Nothing becomes of it, and what came is deleted.
        """
        answer: models.Arrival = await self.call(
            "POST",
            f"/v1/arrivals/{step(origin)}/{step(transfer_id)}/decline",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_assessments(
        self,
        *,
        cycle: str | None = None,
        person: str | None = None,
        unit: str | None = None,
        state: Literal["open", "completed", "not-measured", "expired", "withdrawn"] | None = None,
        period: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.Assessments:
        """Assessments that you may see.

        Your own, your team's and, by role, those inside your units; `period` is that of completion.
        """
        answer: models.Assessments = await self.call(
            "GET",
            "/v1/assessments",
            query={
                "cycle": cycle,
                "person": person,
                "unit": unit,
                "state": state,
                "period": period,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return answer

    def all_assessments(
        self,
        *,
        cycle: str | None = None,
        person: str | None = None,
        unit: str | None = None,
        state: Literal["open", "completed", "not-measured", "expired", "withdrawn"] | None = None,
        period: str | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.Assessment]:
        """Every item of `get_assessments`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/assessments",
            {
                "cycle": cycle,
                "person": person,
                "unit": unit,
                "state": state,
                "period": period,
                "limit": limit,
            },
        )

    async def get_assessments_by_assessment_id(self, assessment_id: str) -> models.Assessment:
        """One assessment.

        State and due date; the result is a resource of its own.
        """
        answer: models.Assessment = await self.call("GET", f"/v1/assessments/{step(assessment_id)}")
        return answer

    async def get_assessments_by_assessment_id_raters(self, assessment_id: str) -> dict[str, Any]:
        """Who was asked.

        Numbers by relation; the requests themselves only for who oversees the unit.
        """
        answer: dict[str, Any] = await self.call("GET", f"/v1/assessments/{step(assessment_id)}/raters")
        return answer

    async def post_assessments_by_assessment_id_raters(
        self,
        assessment_id: str,
        json: models.Raters,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Invited:
        """Invite more raters.

        By the subject, their manager or a programme manager; only the last may name a manager.

        Named can be who works inside your units, and colleagues of the subject. The subject and the manager
        name partners from anywhere; whether these are there, and who was asked before, they are not told.
        """
        answer: models.Invited = await self.call(
            "POST",
            f"/v1/assessments/{step(assessment_id)}/raters",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_assessments_by_assessment_id_result(self, assessment_id: str) -> dict[str, Any]:
        """Scores, gaps and priorities.

        Scores, targets and gaps in hundredths: 301 is 3.01 on the scale of 1 to 5.

        Groups of fewer than three raters are merged or left out.
        """
        answer: dict[str, Any] = await self.call("GET", f"/v1/assessments/{step(assessment_id)}/result")
        return answer

    async def get_audit_assessment(
        self,
        *,
        person: str | None = None,
        by: str | None = None,
        caller: str | None = None,
        day: date | str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.AuditEntries:
        """Who read and wrote data of individuals in assessment.

        Entries about people with a post inside your units today; all of them with the root in your units.

        An entry is here once it is sealed, some seconds after the operation.
        """
        answer: models.AuditEntries = await self.call(
            "GET",
            "/v1/audit/assessment",
            query={
                "person": person,
                "by": by,
                "caller": caller,
                "day": day,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return answer

    def all_audit_assessment(
        self,
        *,
        person: str | None = None,
        by: str | None = None,
        caller: str | None = None,
        day: date | str | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.AuditEntry]:
        """Every item of `get_audit_assessment`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/audit/assessment", {"person": person, "by": by, "caller": caller, "day": day, "limit": limit}
        )

    async def get_audit_assessment_export(
        self, *, after: int | None = None, people: bool | None = None
    ) -> bytes:
        """The audit of assessment, for verification.

        Whole seals with their entries, a line each, in order: what `steward audit verify` reads.

        Needs the root in your units. Ask again after the last seal, until nothing comes.
        """
        return (
            await self.send("GET", "/v1/audit/assessment/export", query={"after": after, "people": people})
        ).body

    async def get_audit_assessment_seals(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> models.AuditHeads:
        """Seals of the audit of assessment.

        The seals, each the head of the chain when it was made. They tell of nobody.
        """
        answer: models.AuditHeads = await self.call(
            "GET", "/v1/audit/assessment/seals", query={"limit": limit, "cursor": cursor}
        )
        return answer

    def all_audit_assessment_seals(self, *, limit: int = 200) -> AsyncIterator[models.AuditHead]:
        """Every item of `get_audit_assessment_seals`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/audit/assessment/seals", {"limit": limit})

    async def get_audit_evaluation(
        self,
        *,
        person: str | None = None,
        by: str | None = None,
        caller: str | None = None,
        day: date | str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.AuditEntries:
        """Who read and wrote data of individuals in evaluation.

        Entries about people with a post inside your units today; all of them with the root in your units.

        An entry is here once it is sealed, some seconds after the operation.
        """
        answer: models.AuditEntries = await self.call(
            "GET",
            "/v1/audit/evaluation",
            query={
                "person": person,
                "by": by,
                "caller": caller,
                "day": day,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return answer

    def all_audit_evaluation(
        self,
        *,
        person: str | None = None,
        by: str | None = None,
        caller: str | None = None,
        day: date | str | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.AuditEntry]:
        """Every item of `get_audit_evaluation`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/audit/evaluation", {"person": person, "by": by, "caller": caller, "day": day, "limit": limit}
        )

    async def get_audit_evaluation_export(
        self, *, after: int | None = None, people: bool | None = None
    ) -> bytes:
        """The audit of evaluation, for verification.

        Whole seals with their entries, a line each, in order: what `steward audit verify` reads.

        Needs the root in your units. Ask again after the last seal, until nothing comes.
        """
        return (
            await self.send("GET", "/v1/audit/evaluation/export", query={"after": after, "people": people})
        ).body

    async def get_audit_evaluation_seals(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> models.AuditHeads:
        """Seals of the audit of evaluation.

        The seals, each the head of the chain when it was made. They tell of nobody.
        """
        answer: models.AuditHeads = await self.call(
            "GET", "/v1/audit/evaluation/seals", query={"limit": limit, "cursor": cursor}
        )
        return answer

    def all_audit_evaluation_seals(self, *, limit: int = 200) -> AsyncIterator[models.AuditHead]:
        """Every item of `get_audit_evaluation_seals`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/audit/evaluation/seals", {"limit": limit})

    async def get_audit_planning(
        self,
        *,
        person: str | None = None,
        by: str | None = None,
        caller: str | None = None,
        day: date | str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.AuditEntries:
        """Who read and wrote data of individuals in planning.

        Entries about people with a post inside your units today; all of them with the root in your units.

        An entry is here once it is sealed, some seconds after the operation.
        """
        answer: models.AuditEntries = await self.call(
            "GET",
            "/v1/audit/planning",
            query={
                "person": person,
                "by": by,
                "caller": caller,
                "day": day,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return answer

    def all_audit_planning(
        self,
        *,
        person: str | None = None,
        by: str | None = None,
        caller: str | None = None,
        day: date | str | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.AuditEntry]:
        """Every item of `get_audit_planning`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/audit/planning", {"person": person, "by": by, "caller": caller, "day": day, "limit": limit}
        )

    async def get_audit_planning_export(
        self, *, after: int | None = None, people: bool | None = None
    ) -> bytes:
        """The audit of planning, for verification.

        Whole seals with their entries, a line each, in order: what `steward audit verify` reads.

        Needs the root in your units. Ask again after the last seal, until nothing comes.
        """
        return (
            await self.send("GET", "/v1/audit/planning/export", query={"after": after, "people": people})
        ).body

    async def get_audit_planning_seals(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> models.AuditHeads:
        """Seals of the audit of planning.

        The seals, each the head of the chain when it was made. They tell of nobody.
        """
        answer: models.AuditHeads = await self.call(
            "GET", "/v1/audit/planning/seals", query={"limit": limit, "cursor": cursor}
        )
        return answer

    def all_audit_planning_seals(self, *, limit: int = 200) -> AsyncIterator[models.AuditHead]:
        """Every item of `get_audit_planning_seals`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/audit/planning/seals", {"limit": limit})

    async def get_audit_registry(
        self,
        *,
        person: str | None = None,
        by: str | None = None,
        caller: str | None = None,
        day: date | str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.AuditEntries:
        """Who read and wrote data of individuals in registry.

        Entries about people with a post inside your units today; all of them with the root in your units.

        An entry is here once it is sealed, some seconds after the operation.
        """
        answer: models.AuditEntries = await self.call(
            "GET",
            "/v1/audit/registry",
            query={
                "person": person,
                "by": by,
                "caller": caller,
                "day": day,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return answer

    def all_audit_registry(
        self,
        *,
        person: str | None = None,
        by: str | None = None,
        caller: str | None = None,
        day: date | str | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.AuditEntry]:
        """Every item of `get_audit_registry`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/audit/registry", {"person": person, "by": by, "caller": caller, "day": day, "limit": limit}
        )

    async def get_audit_registry_export(
        self, *, after: int | None = None, people: bool | None = None
    ) -> bytes:
        """The audit of registry, for verification.

        Whole seals with their entries, a line each, in order: what `steward audit verify` reads.

        Needs the root in your units. Ask again after the last seal, until nothing comes.
        """
        return (
            await self.send("GET", "/v1/audit/registry/export", query={"after": after, "people": people})
        ).body

    async def get_audit_registry_seals(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> models.AuditHeads:
        """Seals of the audit of registry.

        The seals, each the head of the chain when it was made. They tell of nobody.
        """
        answer: models.AuditHeads = await self.call(
            "GET", "/v1/audit/registry/seals", query={"limit": limit, "cursor": cursor}
        )
        return answer

    def all_audit_registry_seals(self, *, limit: int = 200) -> AsyncIterator[models.AuditHead]:
        """Every item of `get_audit_registry_seals`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/audit/registry/seals", {"limit": limit})

    async def get_behaviour_results(
        self,
        *,
        person: str | None = None,
        plan: str | None = None,
        unit: str | None = None,
        period: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.BehaviourResults:
        """Behaviour at re-rating (level 3).

        One's own without a filter; of people that one may see; of a unit for programme managers and HRIS.
        """
        answer: models.BehaviourResults = await self.call(
            "GET",
            "/v1/behaviour-results",
            query={
                "person": person,
                "plan": plan,
                "unit": unit,
                "period": period,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return answer

    def all_behaviour_results(
        self,
        *,
        person: str | None = None,
        plan: str | None = None,
        unit: str | None = None,
        period: str | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.BehaviourResult]:
        """Every item of `get_behaviour_results`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/behaviour-results",
            {"person": person, "plan": plan, "unit": unit, "period": period, "limit": limit},
        )

    async def get_clients(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> models.RegisteredClients:
        """Clients.

        Clients of this instance by id, revoked ones too.
        """
        answer: models.RegisteredClients = await self.call(
            "GET", "/v1/clients", query={"limit": limit, "cursor": cursor}
        )
        return answer

    def all_clients(self, *, limit: int = 200) -> AsyncIterator[models.RegisteredClient]:
        """Every item of `get_clients`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/clients", {"limit": limit})

    async def post_clients(
        self,
        json: models.ClientToRegister,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.RegisteredClient:
        """Register a client. It gets tokens once it has a secret."""
        answer: models.RegisteredClient = await self.call(
            "POST", "/v1/clients", json=json, if_match=if_match, idempotency_key=idempotency_key, keyed=True
        )
        return answer

    async def get_clients_by_client_id(self, client_id: str) -> models.RegisteredClient:
        """One client.

        One client, with its valid secrets but never what they are.
        """
        answer: models.RegisteredClient = await self.call("GET", f"/v1/clients/{step(client_id)}")
        return answer

    async def delete_clients_by_client_id(
        self, client_id: str, *, if_match: int | str | None = None, idempotency_key: str | None = None
    ) -> models.RegisteredClient:
        """Revoke a client.

        For good: no further token, and no record as a source system. Tokens that it has end within 5
        minutes.
        """
        answer: models.RegisteredClient = await self.call(
            "DELETE",
            f"/v1/clients/{step(client_id)}",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def patch_clients_by_client_id(
        self,
        client_id: str,
        json: models.ClientChange,
        *,
        if_match: int | str,
        idempotency_key: str | None = None,
    ) -> models.RegisteredClient:
        """Change a client. Needs If-Match. Tokens that it has go on as they are until they end, 5 minutes at
        most.
        """
        answer: models.RegisteredClient = await self.call(
            "PATCH",
            f"/v1/clients/{step(client_id)}",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_clients_by_client_id_secrets(
        self,
        client_id: str,
        json: models.SecretToMake,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.NewSecret:
        """Make a secret.

        A secret beside the one that the client has, two at most, so that it changes over without a refusal.
        """
        answer: models.NewSecret = await self.call(
            "POST",
            f"/v1/clients/{step(client_id)}/secrets",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def delete_clients_by_client_id_secrets_by_secret_id(
        self,
        client_id: str,
        secret_id: str,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        """End a secret.

        The secret gives no further token.
        """
        await self.call(
            "DELETE",
            f"/v1/clients/{step(client_id)}/secrets/{step(secret_id)}",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )

    async def get_clock(self) -> models.DomainTime:
        """Domain time.

        Where domain time stands. Role ops, local mode.
        """
        answer: models.DomainTime = await self.call("GET", "/v1/clock")
        return answer

    async def put_clock(
        self, json: models.ClockOffset, *, if_match: int | str | None = None
    ) -> models.DomainTime:
        """Move domain time.

        Move domain time for every service of the local stack. Role ops, local mode.
        """
        answer: models.DomainTime = await self.call("PUT", "/v1/clock", json=json, if_match=if_match)
        return answer

    async def get_cycles(
        self,
        *,
        state: Literal["draft", "open", "closed"] | None = None,
        unit: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.Cycles:
        """Cycles inside your units.

        Filter by state and scope unit.
        """
        answer: models.Cycles = await self.call(
            "GET", "/v1/cycles", query={"state": state, "unit": unit, "limit": limit, "cursor": cursor}
        )
        return answer

    def all_cycles(
        self,
        *,
        state: Literal["draft", "open", "closed"] | None = None,
        unit: str | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.Cycle]:
        """Every item of `get_cycles`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/cycles", {"state": state, "unit": unit, "limit": limit})

    async def post_cycles(
        self,
        json: models.CycleDraft,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Cycle:
        """Draft a cycle.

        Nobody is invited before it opens, by hand or on its first day.
        """
        answer: models.Cycle = await self.call(
            "POST", "/v1/cycles", json=json, if_match=if_match, idempotency_key=idempotency_key, keyed=True
        )
        return answer

    async def get_cycles_by_cycle_id(self, cycle_id: str) -> models.Cycle:
        """One cycle.

        With the number of its assessments by state, for programme managers and HRIS.
        """
        answer: models.Cycle = await self.call("GET", f"/v1/cycles/{step(cycle_id)}")
        return answer

    async def patch_cycles_by_cycle_id(
        self,
        cycle_id: str,
        json: models.CycleChanges,
        *,
        if_match: int | str,
        idempotency_key: str | None = None,
    ) -> models.Cycle:
        """Change a cycle.

        If-Match is needed. Fields left out stay as they are.
        """
        answer: models.Cycle = await self.call(
            "PATCH",
            f"/v1/cycles/{step(cycle_id)}",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_cycles_by_cycle_id_close(
        self, cycle_id: str, *, if_match: int | str | None = None, idempotency_key: str | None = None
    ) -> models.Cycle:
        """Close a cycle now.

        No more responses; what has enough is scored and the rest expires, shortly after.
        """
        answer: models.Cycle = await self.call(
            "POST",
            f"/v1/cycles/{step(cycle_id)}/close",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_cycles_by_cycle_id_open(
        self, cycle_id: str, *, if_match: int | str | None = None, idempotency_key: str | None = None
    ) -> models.Cycle:
        """Open a cycle now.

        One assessment per primary post in scope with one of the roles; raters are invited.

        Refused while another open cycle asks about one of these posts, unless the draft is `overlapping`.
        """
        answer: models.Cycle = await self.call(
            "POST",
            f"/v1/cycles/{step(cycle_id)}/open",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_cycles_by_cycle_id_reliability(
        self, cycle_id: str, *, level: Literal["B", "I", "A"]
    ) -> models.Reliability:
        """How consistently the instrument measured.

        Over the answers of managers, peers, reports and partners in a closed cycle of your units.
        """
        answer: models.Reliability = await self.call(
            "GET", f"/v1/cycles/{step(cycle_id)}/reliability", query={"level": level}
        )
        return answer

    async def get_dead_letters(
        self, *, limit: int | None = None, cursor: int | None = None, cause: str | None = None
    ) -> models.DeadLetterPage:
        """Events that could not be applied.

        What the services gave up, oldest first, for 90 days, with what became of each since.
        """
        answer: models.DeadLetterPage = await self.call(
            "GET", "/v1/dead-letters", query={"limit": limit, "cursor": cursor, "cause": cause}
        )
        return answer

    def all_dead_letters(
        self, *, limit: int = 200, cause: str | None = None
    ) -> AsyncIterator[models.DeadLetter]:
        """Every item of `get_dead_letters`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/dead-letters", {"limit": limit, "cause": cause})

    async def post_dead_letters_replays(
        self, json: models.Alike, *, if_match: int | str | None = None
    ) -> models.ReplaysAnswer:
        """Apply all dead letters of one cause.

        At most 100 a call, oldest first: repeat with `cursor` = `next` until that is null.

        Safe to repeat: what was applied is skipped. What fails again stays listed, with what came of it.
        """
        answer: models.ReplaysAnswer = await self.call(
            "POST", "/v1/dead-letters/replays", json=json, if_match=if_match
        )
        return answer

    async def get_dead_letters_by_seq(self, seq: int) -> models.DeadLetter:
        """One dead letter.

        What failed, where and why, and what became of it.
        """
        answer: models.DeadLetter = await self.call("GET", f"/v1/dead-letters/{step(seq)}")
        return answer

    async def post_dead_letters_by_seq_drop(
        self,
        seq: int,
        json: models.Drop,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Dropped:
        """Drop a dead letter for good.

        The event will not be applied any more; the letter stays listed, as dropped, and counts as none.

        Safe to repeat. Another reason than the first one's is refused, 409 `dead-letter-dropped`, as is a
        letter that was applied, 409 `dead-letter-applied`. There is no way back.
        """
        answer: models.Dropped = await self.call(
            "POST",
            f"/v1/dead-letters/{step(seq)}/drop",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_dead_letters_by_seq_replay(
        self, seq: int, *, if_match: int | str | None = None, idempotency_key: str | None = None
    ) -> models.ReplayAnswer:
        """Apply a dead letter now.

        Have the consumer that gave the event up apply it, in one transaction with its inbox.

        Safe to repeat. When it fails again the letter stays what it was: 409 `replay-failed`. One that was
        dropped is not applied any more: 409 `dead-letter-dropped`.
        """
        answer: models.ReplayAnswer = await self.call(
            "POST",
            f"/v1/dead-letters/{step(seq)}/replay",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_erasures(
        self, *, done: bool | None = None, limit: int | None = None, cursor: str | None = None
    ) -> models.Erasures:
        """Erasures.

        Erasures that wait to be confirmed, and those that were done; `done` keeps one kind.
        """
        answer: models.Erasures = await self.call(
            "GET", "/v1/erasures", query={"done": done, "limit": limit, "cursor": cursor}
        )
        return answer

    def all_erasures(self, *, done: bool | None = None, limit: int = 200) -> AsyncIterator[models.Erasure]:
        """Every item of `get_erasures`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/erasures", {"done": done, "limit": limit})

    async def post_erasures_by_erasure_id_confirm(
        self, erasure_id: str, *, if_match: int | str | None = None, idempotency_key: str | None = None
    ) -> models.Erasure:
        """Erase a person.

        Erase the person for good: names, contacts, identifiers and sign-ins here, and their id everywhere.

        Figures stay. Whoever asked for it cannot confirm it.
        """
        answer: models.Erasure = await self.call(
            "POST",
            f"/v1/erasures/{step(erasure_id)}/confirm",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_erasures_by_erasure_id_withdraw(
        self, erasure_id: str, *, if_match: int | str | None = None, idempotency_key: str | None = None
    ) -> None:
        """Take a request for erasure back.

        The person is not erased.
        """
        await self.call(
            "POST",
            f"/v1/erasures/{step(erasure_id)}/withdraw",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )

    async def get_established_posts(
        self, *, unit: str, limit: int | None = None, cursor: str | None = None
    ) -> models.EstablishedList:
        """Established posts of a unit.

        How many posts are established in each role, with the day from which they are.
        """
        answer: models.EstablishedList = await self.call(
            "GET", "/v1/established-posts", query={"unit": unit, "limit": limit, "cursor": cursor}
        )
        return answer

    def all_established_posts(self, *, unit: str, limit: int = 200) -> AsyncIterator[models.Established]:
        """Every item of `get_established_posts`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/established-posts", {"unit": unit, "limit": limit})

    async def post_established_posts(
        self,
        json: models.EstablishedPosts,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Established:
        """Establish posts.

        Say how many posts in a role are established at a unit from a day on. The same again changes
        nothing.
        """
        answer: models.Established = await self.call(
            "POST",
            "/v1/established-posts",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_establishment(
        self, *, unit: str, on: date | str | None = None, tree: bool | None = None
    ) -> models.Establishment:
        """Posts and staff of a unit.

        What a unit should have on a day, today when left out, and what it has: posts by role, staff by
        cadre.

        `tree` sums over all units below it. Counts of posts are of the office, not of people: nothing of it
        is parted by sex, age or anything else of a person, and cadres are counted where there is a minimum.
        A day to come shows who is about to leave an office, which is for those who read the posts
        themselves.
        """
        answer: models.Establishment = await self.call(
            "GET", "/v1/establishment", query={"unit": unit, "on": on, "tree": tree}
        )
        return answer

    async def get_evaluations(
        self,
        *,
        plan: str | None = None,
        person: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.Evaluations:
        """Plans on all five levels.

        Of one plan, of a person's plans, or of one's own; with what is still missing.
        """
        answer: models.Evaluations = await self.call(
            "GET", "/v1/evaluations", query={"plan": plan, "person": person, "limit": limit, "cursor": cursor}
        )
        return answer

    def all_evaluations(
        self, *, plan: str | None = None, person: str | None = None, limit: int = 200
    ) -> AsyncIterator[models.Evaluation]:
        """Every item of `get_evaluations`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/evaluations", {"plan": plan, "person": person, "limit": limit})

    async def get_events(
        self, *, limit: int | None = None, after: str | None = None
    ) -> list[models.ThinEvent]:
        """What happened.

        Events that the caller may know of, oldest first, as a CloudEvents batch.

        `Steward-Cursor` is the cursor after them, also of an empty page; `Link` has it as `next`. `Steward-
        At-End` states whether there was nothing more. Raises Gone `cursor-expired`.
        """
        answer: list[models.ThinEvent] = await self.call(
            "GET", "/v1/events", query={"limit": limit, "after": after}
        )
        return answer

    async def get_events_snapshot(self) -> models.StartingPoint:
        """Where to begin.

        A cursor of now, and the lists to read after it was taken.

        What changes while they are read comes again as an event: nothing is missing, and an event whose
        version was read already is dropped.
        """
        answer: models.StartingPoint = await self.call("GET", "/v1/events/snapshot")
        return answer

    async def get_federation(self) -> models.Federation:
        """The regions of this hub, or this region's link.

        Last seen, lag, versions, suppressed cells. Role ops, or programme-manager for the root unit.
        """
        answer: models.Federation = await self.call("GET", "/v1/federation")
        return answer

    async def get_field_precedence(self) -> models.FieldPrecedences:
        """Which system has the say about a field.

        For each field of people, the systems in order: the first one that knows a person decides.
        """
        answer: models.FieldPrecedences = await self.call("GET", "/v1/field-precedence")
        return answer

    async def put_field_precedence_by_field(
        self,
        field: str,
        json: models.SystemsInOrder,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.FieldPrecedence:
        """Put systems in order for a field.

        Say which system decides a field of the people whom several know, from their next loads on.

        Needs the version as If-Match, `"0"` for the first order.
        """
        answer: models.FieldPrecedence = await self.call(
            "PUT",
            f"/v1/field-precedence/{step(field)}",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_flow(self) -> dict[str, Any]:
        """How far events have flowed.

        Events published, consumed, waiting and given up over all services, from their own tables.
        """
        answer: dict[str, Any] = await self.call("GET", "/v1/flow")
        return answer

    async def get_follow_ups(
        self,
        *,
        plan: str | None = None,
        person: str | None = None,
        state: Literal["pending", "due", "answered", "ended"] | None = None,
        days: models.Days | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.FollowUps:
        """Follow-ups that you may see.

        Of your own plans, your team's, and by role those inside your units.
        """
        answer: models.FollowUps = await self.call(
            "GET",
            "/v1/follow-ups",
            query={
                "plan": plan,
                "person": person,
                "state": state,
                "days": days,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return answer

    def all_follow_ups(
        self,
        *,
        plan: str | None = None,
        person: str | None = None,
        state: Literal["pending", "due", "answered", "ended"] | None = None,
        days: models.Days | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.FollowUp]:
        """Every item of `get_follow_ups`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/follow-ups", {"plan": plan, "person": person, "state": state, "days": days, "limit": limit}
        )

    async def get_follow_ups_by_follow_up_id(self, follow_up_id: str) -> models.FollowUp:
        """One follow-up.

        With the check-in where it was given.
        """
        answer: models.FollowUp = await self.call("GET", f"/v1/follow-ups/{step(follow_up_id)}")
        return answer

    async def post_follow_ups_by_follow_up_id_answer(
        self,
        follow_up_id: str,
        json: models.CheckIn,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.FollowUp:
        """Answer a 30-day check-in.

        By the leader or the manager, once.
        """
        answer: models.FollowUp = await self.call(
            "POST",
            f"/v1/follow-ups/{step(follow_up_id)}/answer",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_frameworks(
        self,
        *,
        code: str | None = None,
        state: Literal["draft", "published"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.Summaries:
        """Framework versions.

        By code and number, without content.
        """
        answer: models.Summaries = await self.call(
            "GET", "/v1/frameworks", query={"code": code, "state": state, "limit": limit, "cursor": cursor}
        )
        return answer

    def all_frameworks(
        self, *, code: str | None = None, state: Literal["draft", "published"] | None = None, limit: int = 200
    ) -> AsyncIterator[models.Listed]:
        """Every item of `get_frameworks`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/frameworks", {"code": code, "state": state, "limit": limit})

    async def get_frameworks_by_code_versions_by_number(
        self, code: str, number: int, *, lang: str | None = None
    ) -> models.FrameworkVersion:
        """One framework version.

        With every language as maps, or in the one asked for (`lang`, Accept-Language).
        """
        answer: models.FrameworkVersion = await self.call(
            "GET", f"/v1/frameworks/{step(code)}/versions/{step(number)}", query={"lang": lang}
        )
        return answer

    async def put_frameworks_by_code_versions_by_number(
        self,
        code: str,
        number: int,
        json: dict[str, Any],
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.FrameworkVersion:
        """Write a draft.

        A framework, or an overlay when `framework` names its core. A published version answers 409.
        """
        answer: models.FrameworkVersion = await self.call(
            "PUT",
            f"/v1/frameworks/{step(code)}/versions/{step(number)}",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_frameworks_by_code_versions_by_number_publish(
        self, code: str, number: int, *, if_match: int | str | None = None, idempotency_key: str | None = None
    ) -> models.Summary:
        """Publish, for ever.

        Checks the content as a whole; an overlay keeps every core code. If-Match is honoured.
        """
        answer: models.Summary = await self.call(
            "POST",
            f"/v1/frameworks/{step(code)}/versions/{step(number)}/publish",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_imports(
        self,
        *,
        absence: Literal["none", "deactivated", "waiting", "approved", "superseded"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.Imports:
        """Imports.

        Imports of yours and of the systems that you write as, and with `absence=waiting` those that you may
        decide.

        An import that was sent with units that your token does not have is not shown. They are listed for
        90 days.
        """
        answer: models.Imports = await self.call(
            "GET", "/v1/imports", query={"absence": absence, "limit": limit, "cursor": cursor}
        )
        return answer

    def all_imports(
        self,
        *,
        absence: Literal["none", "deactivated", "waiting", "approved", "superseded"] | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.Import]:
        """Every item of `get_imports`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/imports", {"absence": absence, "limit": limit})

    async def post_imports_established_posts(
        self,
        lines: Lines[models.EstablishedLine],
        *,
        import_id: str | None = None,
        dry_run: bool | None = None,
        digest: str | None = None,
        mapping: str | None = None,
        dates: str | None = None,
        delimiter: str | None = None,
        encoding: Literal["utf-8", "utf-16", "cp1252"] | None = None,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.ImportReport:
        """Load established posts.

        Load how many posts are established in each role at each unit, CSV or one JSON object a line.
        """
        answer: models.ImportReport = await self.call(
            "POST",
            "/v1/imports/established-posts",
            query={
                "import_id": import_id,
                "dry_run": dry_run,
                "digest": digest,
                "mapping": mapping,
                "dates": dates,
                "delimiter": delimiter,
                "encoding": encoding,
            },
            lines=lines,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_imports_established_posts_csv(
        self,
        content: Text,
        *,
        import_id: str | None = None,
        dry_run: bool | None = None,
        digest: str | None = None,
        mapping: str | None = None,
        dates: str | None = None,
        delimiter: str | None = None,
        encoding: Literal["utf-8", "utf-16", "cp1252"] | None = None,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.ImportReport:
        """Load established posts.

        Load how many posts are established in each role at each unit, CSV or one JSON object a line.
        """
        answer: models.ImportReport = await self.call(
            "POST",
            "/v1/imports/established-posts",
            query={
                "import_id": import_id,
                "dry_run": dry_run,
                "digest": digest,
                "mapping": mapping,
                "dates": dates,
                "delimiter": delimiter,
                "encoding": encoding,
            },
            content=content,
            content_type="text/csv",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_imports_facilities(
        self,
        lines: Lines[models.FacilityLine],
        *,
        mapping: str | None = None,
        country: str | None = None,
        open_from: date | str | None = None,
        system: str | None = None,
        full: bool | None = None,
        lines_: int | None = None,
        import_id: str | None = None,
        dry_run: bool | None = None,
        digest: str | None = None,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.FacilityReport:
        """Load a master facility list.

        Load a master facility list, CSV or one JSON object a line. `mapping`, of CSV, names unusual
        headers.

        A field that is mapped to null is left out, though the list has a usual header for it.

        `country` is the code of the root, which is made when there is none; `open_from` the opening day of
        new units (2000-01-01: not known). A column that `mapping` calls `external_id` has what your source
        system, `system`, calls each facility: it is met by that, and called so from then on. In lines of
        JSON it is the field `external_id`, for which `system` is said.

        A `full` list names all facilities that your system calls by an `external_id` in your units, in as
        many `lines` as the system counts itself. What is not named closes today, unless posts or units go
        on in it; beyond the bound it waits for approval, as with people.
        """
        answer: models.FacilityReport = await self.call(
            "POST",
            "/v1/imports/facilities",
            query={
                "mapping": mapping,
                "country": country,
                "open_from": open_from,
                "system": system,
                "full": full,
                "lines": lines_,
                "import_id": import_id,
                "dry_run": dry_run,
                "digest": digest,
            },
            lines=lines,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_imports_facilities_csv(
        self,
        content: Text,
        *,
        mapping: str | None = None,
        country: str | None = None,
        open_from: date | str | None = None,
        system: str | None = None,
        full: bool | None = None,
        lines_: int | None = None,
        import_id: str | None = None,
        dry_run: bool | None = None,
        digest: str | None = None,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.FacilityReport:
        """Load a master facility list.

        Load a master facility list, CSV or one JSON object a line. `mapping`, of CSV, names unusual
        headers.

        A field that is mapped to null is left out, though the list has a usual header for it.

        `country` is the code of the root, which is made when there is none; `open_from` the opening day of
        new units (2000-01-01: not known). A column that `mapping` calls `external_id` has what your source
        system, `system`, calls each facility: it is met by that, and called so from then on. In lines of
        JSON it is the field `external_id`, for which `system` is said.

        A `full` list names all facilities that your system calls by an `external_id` in your units, in as
        many `lines` as the system counts itself. What is not named closes today, unless posts or units go
        on in it; beyond the bound it waits for approval, as with people.
        """
        answer: models.FacilityReport = await self.call(
            "POST",
            "/v1/imports/facilities",
            query={
                "mapping": mapping,
                "country": country,
                "open_from": open_from,
                "system": system,
                "full": full,
                "lines": lines_,
                "import_id": import_id,
                "dry_run": dry_run,
                "digest": digest,
            },
            content=content,
            content_type="text/csv",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_imports_leavers(
        self,
        lines: Lines[models.LeaverLine],
        *,
        system: str | None = None,
        import_id: str | None = None,
        dry_run: bool | None = None,
        digest: str | None = None,
        mapping: str | None = None,
        dates: str | None = None,
        delimiter: str | None = None,
        encoding: Literal["utf-8", "utf-16", "cp1252"] | None = None,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.ImportReport:
        """Let people leave.

        Let people leave, CSV or one JSON object a line: `external_id`, and the first day without the
        person.

        Posts end the day before, later ones are withdrawn, as by DELETE of one person. Good lines stand.
        `system` is the source system that you write as, where you are bound to several.
        """
        answer: models.ImportReport = await self.call(
            "POST",
            "/v1/imports/leavers",
            query={
                "system": system,
                "import_id": import_id,
                "dry_run": dry_run,
                "digest": digest,
                "mapping": mapping,
                "dates": dates,
                "delimiter": delimiter,
                "encoding": encoding,
            },
            lines=lines,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_imports_leavers_csv(
        self,
        content: Text,
        *,
        system: str | None = None,
        import_id: str | None = None,
        dry_run: bool | None = None,
        digest: str | None = None,
        mapping: str | None = None,
        dates: str | None = None,
        delimiter: str | None = None,
        encoding: Literal["utf-8", "utf-16", "cp1252"] | None = None,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.ImportReport:
        """Let people leave.

        Let people leave, CSV or one JSON object a line: `external_id`, and the first day without the
        person.

        Posts end the day before, later ones are withdrawn, as by DELETE of one person. Good lines stand.
        `system` is the source system that you write as, where you are bound to several.
        """
        answer: models.ImportReport = await self.call(
            "POST",
            "/v1/imports/leavers",
            query={
                "system": system,
                "import_id": import_id,
                "dry_run": dry_run,
                "digest": digest,
                "mapping": mapping,
                "dates": dates,
                "delimiter": delimiter,
                "encoding": encoding,
            },
            content=content,
            content_type="text/csv",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_imports_people(
        self,
        lines: Lines[models.PersonLine],
        *,
        system: str | None = None,
        full: bool | None = None,
        lines_: int | None = None,
        import_id: str | None = None,
        dry_run: bool | None = None,
        digest: str | None = None,
        mapping: str | None = None,
        dates: str | None = None,
        delimiter: str | None = None,
        encoding: Literal["utf-8", "utf-16", "cp1252"] | None = None,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.ImportReport:
        """Load people.

        Load people, CSV or one JSON object a line, recognised by your system's `external_id`. Good lines
        stand.

        `system` is the source system that you write as, where you are bound to several.

        A `full` list names everybody of the system in your units, in as many `lines` as the system counts
        itself. Who is not named is deactivated from today. Above the greater of 20 people and 2 % of a
        region, or where lines are rejected, they wait until somebody else approves exactly these: `POST
        /v1/imports/{import_id}/approve`.
        """
        answer: models.ImportReport = await self.call(
            "POST",
            "/v1/imports/people",
            query={
                "system": system,
                "full": full,
                "lines": lines_,
                "import_id": import_id,
                "dry_run": dry_run,
                "digest": digest,
                "mapping": mapping,
                "dates": dates,
                "delimiter": delimiter,
                "encoding": encoding,
            },
            lines=lines,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_imports_people_csv(
        self,
        content: Text,
        *,
        system: str | None = None,
        full: bool | None = None,
        lines_: int | None = None,
        import_id: str | None = None,
        dry_run: bool | None = None,
        digest: str | None = None,
        mapping: str | None = None,
        dates: str | None = None,
        delimiter: str | None = None,
        encoding: Literal["utf-8", "utf-16", "cp1252"] | None = None,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.ImportReport:
        """Load people.

        Load people, CSV or one JSON object a line, recognised by your system's `external_id`. Good lines
        stand.

        `system` is the source system that you write as, where you are bound to several.

        A `full` list names everybody of the system in your units, in as many `lines` as the system counts
        itself. Who is not named is deactivated from today. Above the greater of 20 people and 2 % of a
        region, or where lines are rejected, they wait until somebody else approves exactly these: `POST
        /v1/imports/{import_id}/approve`.
        """
        answer: models.ImportReport = await self.call(
            "POST",
            "/v1/imports/people",
            query={
                "system": system,
                "full": full,
                "lines": lines_,
                "import_id": import_id,
                "dry_run": dry_run,
                "digest": digest,
                "mapping": mapping,
                "dates": dates,
                "delimiter": delimiter,
                "encoding": encoding,
            },
            content=content,
            content_type="text/csv",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_imports_post_norms(
        self,
        lines: Lines[models.NormLine],
        *,
        import_id: str | None = None,
        dry_run: bool | None = None,
        digest: str | None = None,
        mapping: str | None = None,
        dates: str | None = None,
        delimiter: str | None = None,
        encoding: Literal["utf-8", "utf-16", "cp1252"] | None = None,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.ImportReport:
        """Load norms of posts.

        Load how many posts in each role a unit of each type should have, CSV or one JSON object a line.
        """
        answer: models.ImportReport = await self.call(
            "POST",
            "/v1/imports/post-norms",
            query={
                "import_id": import_id,
                "dry_run": dry_run,
                "digest": digest,
                "mapping": mapping,
                "dates": dates,
                "delimiter": delimiter,
                "encoding": encoding,
            },
            lines=lines,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_imports_post_norms_csv(
        self,
        content: Text,
        *,
        import_id: str | None = None,
        dry_run: bool | None = None,
        digest: str | None = None,
        mapping: str | None = None,
        dates: str | None = None,
        delimiter: str | None = None,
        encoding: Literal["utf-8", "utf-16", "cp1252"] | None = None,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.ImportReport:
        """Load norms of posts.

        Load how many posts in each role a unit of each type should have, CSV or one JSON object a line.
        """
        answer: models.ImportReport = await self.call(
            "POST",
            "/v1/imports/post-norms",
            query={
                "import_id": import_id,
                "dry_run": dry_run,
                "digest": digest,
                "mapping": mapping,
                "dates": dates,
                "delimiter": delimiter,
                "encoding": encoding,
            },
            content=content,
            content_type="text/csv",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_imports_posts(
        self,
        lines: Lines[models.PostLine],
        *,
        system: str | None = None,
        full: bool | None = None,
        lines_: int | None = None,
        import_id: str | None = None,
        dry_run: bool | None = None,
        digest: str | None = None,
        mapping: str | None = None,
        dates: str | None = None,
        delimiter: str | None = None,
        encoding: Literal["utf-8", "utf-16", "cp1252"] | None = None,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.ImportReport:
        """Load posts.

        Load posts, CSV or one JSON object a line, recognised by your system's `external_id`. Good lines
        stand.

        `system` is the source system that you write as, where you are bound to several.

        A line that would change days already past is rejected, `history-changed` or `post-ended`, unless
        its `as_of` says from which day on the post is so: before it the post stays as it was.

        A `full` list names all posts of the system in your units that go on, in as many `lines` as the
        system counts itself. What is not named was held until yesterday, or is withdrawn where it has not
        begun; beyond the bound it waits for approval, as with people.
        """
        answer: models.ImportReport = await self.call(
            "POST",
            "/v1/imports/posts",
            query={
                "system": system,
                "full": full,
                "lines": lines_,
                "import_id": import_id,
                "dry_run": dry_run,
                "digest": digest,
                "mapping": mapping,
                "dates": dates,
                "delimiter": delimiter,
                "encoding": encoding,
            },
            lines=lines,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_imports_posts_csv(
        self,
        content: Text,
        *,
        system: str | None = None,
        full: bool | None = None,
        lines_: int | None = None,
        import_id: str | None = None,
        dry_run: bool | None = None,
        digest: str | None = None,
        mapping: str | None = None,
        dates: str | None = None,
        delimiter: str | None = None,
        encoding: Literal["utf-8", "utf-16", "cp1252"] | None = None,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.ImportReport:
        """Load posts.

        Load posts, CSV or one JSON object a line, recognised by your system's `external_id`. Good lines
        stand.

        `system` is the source system that you write as, where you are bound to several.

        A line that would change days already past is rejected, `history-changed` or `post-ended`, unless
        its `as_of` says from which day on the post is so: before it the post stays as it was.

        A `full` list names all posts of the system in your units that go on, in as many `lines` as the
        system counts itself. What is not named was held until yesterday, or is withdrawn where it has not
        begun; beyond the bound it waits for approval, as with people.
        """
        answer: models.ImportReport = await self.call(
            "POST",
            "/v1/imports/posts",
            query={
                "system": system,
                "full": full,
                "lines": lines_,
                "import_id": import_id,
                "dry_run": dry_run,
                "digest": digest,
                "mapping": mapping,
                "dates": dates,
                "delimiter": delimiter,
                "encoding": encoding,
            },
            content=content,
            content_type="text/csv",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_imports_staffing_minimums(
        self,
        lines: Lines[models.MinimumLine],
        *,
        import_id: str | None = None,
        dry_run: bool | None = None,
        digest: str | None = None,
        mapping: str | None = None,
        dates: str | None = None,
        delimiter: str | None = None,
        encoding: Literal["utf-8", "utf-16", "cp1252"] | None = None,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.ImportReport:
        """Load staffing minimums.

        Load how many staff of each cadre each unit needs at least, CSV or one JSON object a line.
        """
        answer: models.ImportReport = await self.call(
            "POST",
            "/v1/imports/staffing-minimums",
            query={
                "import_id": import_id,
                "dry_run": dry_run,
                "digest": digest,
                "mapping": mapping,
                "dates": dates,
                "delimiter": delimiter,
                "encoding": encoding,
            },
            lines=lines,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_imports_staffing_minimums_csv(
        self,
        content: Text,
        *,
        import_id: str | None = None,
        dry_run: bool | None = None,
        digest: str | None = None,
        mapping: str | None = None,
        dates: str | None = None,
        delimiter: str | None = None,
        encoding: Literal["utf-8", "utf-16", "cp1252"] | None = None,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.ImportReport:
        """Load staffing minimums.

        Load how many staff of each cadre each unit needs at least, CSV or one JSON object a line.
        """
        answer: models.ImportReport = await self.call(
            "POST",
            "/v1/imports/staffing-minimums",
            query={
                "import_id": import_id,
                "dry_run": dry_run,
                "digest": digest,
                "mapping": mapping,
                "dates": dates,
                "delimiter": delimiter,
                "encoding": encoding,
            },
            content=content,
            content_type="text/csv",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_imports_by_import_id(self, import_id: str) -> models.Import:
        """One import.

        How far an import has come, and what it did.
        """
        answer: models.Import = await self.call("GET", f"/v1/imports/{step(import_id)}")
        return answer

    async def get_imports_by_import_id_absent(
        self, import_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> models.AbsentRecords:
        """What a full list does not name.

        What would be deactivated by an import that waits for a decision; nothing where not all of it is
        yours.
        """
        answer: models.AbsentRecords = await self.call(
            "GET", f"/v1/imports/{step(import_id)}/absent", query={"limit": limit, "cursor": cursor}
        )
        return answer

    def all_imports_by_import_id_absent(
        self, import_id: str, *, limit: int = 200
    ) -> AsyncIterator[models.AbsentRecord]:
        """Every item of `get_imports_by_import_id_absent`, page by page; `limit` items are asked for at once."""
        return self.pages(f"/v1/imports/{step(import_id)}/absent", {"limit": limit})

    async def post_imports_by_import_id_approve(
        self,
        import_id: str,
        json: models.Approval,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Import:
        """Approve what is deactivated.

        Deactivate, from today, exactly what a full list does not name: you have looked at it.

        Somebody decides who did not send the list and is no client of its system, and whose units cover all
        of it. Another set than the one that waits is refused (409 `absence-differs`), as is one in which
        something changed.
        """
        answer: models.Import = await self.call(
            "POST",
            f"/v1/imports/{step(import_id)}/approve",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_imports_by_import_id_report(self, import_id: str) -> models.ImportReport:
        """The report of an import.

        What the import was answered: as JSON, or as a table with `Accept: text/csv`.

        The table has the counts first, then line, column, code and what to do. A cell that a spreadsheet
        would take for a formula begins with an apostrophe.
        """
        answer: models.ImportReport = await self.call("GET", f"/v1/imports/{step(import_id)}/report")
        return answer

    async def get_indicator_values(
        self,
        *,
        unit: str,
        indicator: str | None = None,
        period: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.IndicatorValues:
        """Values of a unit.

        Any role, inside its units; a unit's value covers all units below it.

        Who may read every individual of a value reads it live and whole. For others values stand as last
        published, and are suppressed where the people whom the reader may read leave one to four others;
        one that never was is not listed.
        """
        answer: models.IndicatorValues = await self.call(
            "GET",
            "/v1/indicator-values",
            query={"unit": unit, "indicator": indicator, "period": period, "limit": limit, "cursor": cursor},
        )
        return answer

    def all_indicator_values(
        self, *, unit: str, indicator: str | None = None, period: str | None = None, limit: int = 200
    ) -> AsyncIterator[models.IndicatorValue]:
        """Every item of `get_indicator_values`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/indicator-values", {"unit": unit, "indicator": indicator, "period": period, "limit": limit}
        )

    async def get_indicator_values_children(
        self, *, unit: str, indicator: str, period: str, limit: int | None = None, cursor: str | None = None
    ) -> models.IndicatorValues:
        """Values of the units directly below.

        In the tree that the period has; suppressed cells cannot be computed from the shown ones.
        """
        answer: models.IndicatorValues = await self.call(
            "GET",
            "/v1/indicator-values/children",
            query={"unit": unit, "indicator": indicator, "period": period, "limit": limit, "cursor": cursor},
        )
        return answer

    def all_indicator_values_children(
        self, *, unit: str, indicator: str, period: str, limit: int = 200
    ) -> AsyncIterator[models.IndicatorValue]:
        """Every item of `get_indicator_values_children`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/indicator-values/children",
            {"unit": unit, "indicator": indicator, "period": period, "limit": limit},
        )

    async def get_indicators(
        self,
        *,
        chain: Literal["input", "output", "outcome", "impact"] | None = None,
        level: int | None = None,
        computed: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.Indicators:
        """The indicator catalogue.

        For everybody, as last published; filter by place in the chain, evaluation level, or if computed.
        """
        answer: models.Indicators = await self.call(
            "GET",
            "/v1/indicators",
            query={"chain": chain, "level": level, "computed": computed, "limit": limit, "cursor": cursor},
        )
        return answer

    def all_indicators(
        self,
        *,
        chain: Literal["input", "output", "outcome", "impact"] | None = None,
        level: int | None = None,
        computed: bool | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.Indicator]:
        """Every item of `get_indicators`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/indicators", {"chain": chain, "level": level, "computed": computed, "limit": limit}
        )

    async def get_indicators_by_code(self, code: str) -> models.Indicator:
        """One indicator.

        With its definition in every language.
        """
        answer: models.Indicator = await self.call("GET", f"/v1/indicators/{step(code)}")
        return answer

    async def put_indicators_by_code(
        self,
        code: str,
        json: models.IndicatorDefinition,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Indicator:
        """Publish the definition of an indicator.

        A new indicator, or the next version of one; at a hub for its regions too. A region's hub defines
        (409).

        What says the same as the version that holds changes nothing. `computed` tells whether this software
        computes what is defined. Role programme-manager with the root in its units; a change needs If-
        Match.
        """
        answer: models.Indicator = await self.call(
            "PUT",
            f"/v1/indicators/{step(code)}",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_instruments_by_level(
        self, level: str, *, framework: str | None = None, version: int | None = None, lang: str | None = None
    ) -> models.Instrument:
        """What raters are asked at a level.

        Items in the order of a response's `ratings`, in one language, with scale, stems and relevance.
        """
        answer: models.Instrument = await self.call(
            "GET",
            f"/v1/instruments/{step(level)}",
            query={"framework": framework, "version": version, "lang": lang},
        )
        return answer

    async def get_interventions(
        self,
        *,
        approach: Literal[
            "formal-training", "workplace-learning", "networking", "self-directed", "action-learning"
        ]
        | None = None,
        delivery: Literal["face-to-face", "online", "blended", "workplace"] | None = None,
        level: Literal["B", "I", "A"] | None = None,
        competency: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.PlanningInterventions:
        """The catalogue.

        What can be put into plans, by code. Any role.
        """
        answer: models.PlanningInterventions = await self.call(
            "GET",
            "/v1/interventions",
            query={
                "approach": approach,
                "delivery": delivery,
                "level": level,
                "competency": competency,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return answer

    def all_interventions(
        self,
        *,
        approach: Literal[
            "formal-training", "workplace-learning", "networking", "self-directed", "action-learning"
        ]
        | None = None,
        delivery: Literal["face-to-face", "online", "blended", "workplace"] | None = None,
        level: Literal["B", "I", "A"] | None = None,
        competency: str | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.PlanningListed]:
        """Every item of `get_interventions`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/interventions",
            {
                "approach": approach,
                "delivery": delivery,
                "level": level,
                "competency": competency,
                "limit": limit,
            },
        )

    async def get_interventions_by_code(self, code: str) -> models.PlanningListed:
        """One intervention.

        Also one that is no longer offered, for the plans that name it.
        """
        answer: models.PlanningListed = await self.call("GET", f"/v1/interventions/{step(code)}")
        return answer

    async def put_interventions_by_code(
        self,
        code: str,
        json: models.OwnIntervention,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.PlanningListed:
        """Add or change an intervention of this instance's own.

        Its code begins with the instance's name (`NORTH-01`); a new catalogue leaves it as it is.

        A region's hub lists it; a hub's regions offer it too, and cannot change it (422 `code-not-own`).
        Role programme-manager with the root in its units; a change needs If-Match.
        """
        answer: models.PlanningListed = await self.call(
            "PUT",
            f"/v1/interventions/{step(code)}",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_learning_results(
        self,
        json: models.TestRecorded,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.LearningResult:
        """Record a test (level 2).

        By programme managers and HRIS, for people inside their units.
        """
        answer: models.LearningResult = await self.call(
            "POST",
            "/v1/learning-results",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_learning_results_by_learning_result_id(
        self, learning_result_id: str
    ) -> models.LearningResult:
        """One test result.

        One's own, or of a person that one may see.
        """
        answer: models.LearningResult = await self.call(
            "GET", f"/v1/learning-results/{step(learning_result_id)}"
        )
        return answer

    async def patch_learning_results_by_learning_result_id(
        self,
        learning_result_id: str,
        json: models.TestChanged,
        *,
        if_match: int | str,
        idempotency_key: str | None = None,
    ) -> models.LearningResult:
        """Complete or correct a test result.

        If-Match is needed: the test after the activity is often entered by somebody else.
        """
        answer: models.LearningResult = await self.call(
            "PATCH",
            f"/v1/learning-results/{step(learning_result_id)}",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_leaving_codes(self) -> models.LeavingCodes:
        """Why people leave, and where they go.

        Codes of reasons and destinations, with their names.
        """
        answer: models.LeavingCodes = await self.call("GET", "/v1/leaving-codes")
        return answer

    async def get_match_reviews(
        self,
        *,
        state: Literal["open", "same", "not-same"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.MatchReviews:
        """Records that may be of one person.

        Pairs of which you keep both records, side by side, with how alike they are and why.

        Of several units, those across them come some time after you first ask.
        """
        answer: models.MatchReviews = await self.call(
            "GET", "/v1/match-reviews", query={"state": state, "limit": limit, "cursor": cursor}
        )
        return answer

    def all_match_reviews(
        self, *, state: Literal["open", "same", "not-same"] | None = None, limit: int = 200
    ) -> AsyncIterator[models.MatchReview]:
        """Every item of `get_match_reviews`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/match-reviews", {"state": state, "limit": limit})

    async def get_match_reviews_by_review_id(self, review_id: str) -> models.MatchReview:
        """Two records side by side.

        One pair.
        """
        answer: models.MatchReview = await self.call("GET", f"/v1/match-reviews/{step(review_id)}")
        return answer

    async def post_match_reviews_by_review_id_decide(
        self,
        review_id: str,
        json: models.MatchDecision,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.MatchReview:
        """Decide whether two are one.

        Say whether both records are of one person.

        *Same* merges them; `POST /v1/people/{person_id}/unmerge` undoes it. *Not the same* holds until what
        identifies one of them changes.

        Of two decisions at once the first one counts, the other is refused (409 `match-decided`).
        """
        answer: models.MatchReview = await self.call(
            "POST",
            f"/v1/match-reviews/{step(review_id)}/decide",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_me(self) -> models.Me:
        """Who you are.

        Who you are: roles, units, and the person that your sign-in is tied to.
        """
        answer: models.Me = await self.call("GET", "/v1/me")
        return answer

    async def get_national_headcounts(self, *, level: Literal["B", "I", "A"]) -> models.NationalHeadcounts:
        """People of the nation by level of their role.

        At a hub: what regions published. Roles programme-manager and ops with the root in their units.
        """
        answer: models.NationalHeadcounts = await self.call(
            "GET", "/v1/national/headcounts", query={"level": level}
        )
        return answer

    async def get_national_indicators(self, *, period: str, indicator: str) -> models.NationalIndicators:
        """An indicator of the nation in a period.

        At a hub: what regions published. Roles programme-manager and ops with the root in their units.
        """
        answer: models.NationalIndicators = await self.call(
            "GET", "/v1/national/indicators", query={"period": period, "indicator": indicator}
        )
        return answer

    async def get_national_indicators_units(
        self,
        *,
        region: str,
        period: str,
        indicator: str,
        parent: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.UnitIndicators:
        """An indicator of a region's units, a level at a time.

        At a hub: the units below `parent`, the region's tops without it. Roles as for the nation's.
        """
        answer: models.UnitIndicators = await self.call(
            "GET",
            "/v1/national/indicators/units",
            query={
                "region": region,
                "period": period,
                "indicator": indicator,
                "parent": parent,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return answer

    def all_national_indicators_units(
        self, *, region: str, period: str, indicator: str, parent: str | None = None, limit: int = 200
    ) -> AsyncIterator[models.UnitIndicator]:
        """Every item of `get_national_indicators_units`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/national/indicators/units",
            {"region": region, "period": period, "indicator": indicator, "parent": parent, "limit": limit},
        )

    async def get_national_interventions(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> models.RegionalInterventions:
        """Interventions that regions added for themselves.

        At a hub, by region and code. Roles programme-manager and ops with the root in their units.
        """
        answer: models.RegionalInterventions = await self.call(
            "GET", "/v1/national/interventions", query={"limit": limit, "cursor": cursor}
        )
        return answer

    def all_national_interventions(self, *, limit: int = 200) -> AsyncIterator[models.RegionalIntervention]:
        """Every item of `get_national_interventions`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/national/interventions", {"limit": limit})

    async def get_national_overlays(
        self, *, region: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> models.RegionalOverlays:
        """Role profiles that regions adapted for themselves.

        At a hub, by region and role. Roles programme-manager and ops with the root in their units.
        """
        answer: models.RegionalOverlays = await self.call(
            "GET", "/v1/national/overlays", query={"region": region, "limit": limit, "cursor": cursor}
        )
        return answer

    def all_national_overlays(
        self, *, region: str | None = None, limit: int = 200
    ) -> AsyncIterator[models.RegionalOverlay]:
        """Every item of `get_national_overlays`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/national/overlays", {"region": region, "limit": limit})

    async def get_national_plans(self, *, period: str) -> models.NationalPlans:
        """Plans and activities of the nation in a period.

        At a hub: what regions published. Roles programme-manager and ops with the root in their units.
        """
        answer: models.NationalPlans = await self.call("GET", "/v1/national/plans", query={"period": period})
        return answer

    async def get_national_plans_units(
        self,
        *,
        region: str,
        period: str,
        parent: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.UnitPlans:
        """Plans and activities of a region's units, a level at a time.

        At a hub: the units below `parent`, the region's tops without it. Roles as for the nation's.
        """
        answer: models.UnitPlans = await self.call(
            "GET",
            "/v1/national/plans/units",
            query={"region": region, "period": period, "parent": parent, "limit": limit, "cursor": cursor},
        )
        return answer

    def all_national_plans_units(
        self, *, region: str, period: str, parent: str | None = None, limit: int = 200
    ) -> AsyncIterator[models.UnitPlan]:
        """Every item of `get_national_plans_units`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/national/plans/units", {"region": region, "period": period, "parent": parent, "limit": limit}
        )

    async def get_national_regions(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> models.Regions:
        """Regions, with address and keys.

        At a hub: the regions whose units came here, each with what it says of itself.
        """
        answer: models.Regions = await self.call(
            "GET", "/v1/national/regions", query={"limit": limit, "cursor": cursor}
        )
        return answer

    def all_national_regions(self, *, limit: int = 200) -> AsyncIterator[models.Region]:
        """Every item of `get_national_regions`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/national/regions", {"limit": limit})

    async def get_national_rollups(
        self, *, period: str, level: Literal["B", "I", "A"]
    ) -> models.NationalRollups:
        """Scores of the nation by competency.

        At a hub: what regions published. Roles programme-manager and ops with the root in their units.
        """
        answer: models.NationalRollups = await self.call(
            "GET", "/v1/national/rollups", query={"period": period, "level": level}
        )
        return answer

    async def get_national_rollups_units(
        self,
        *,
        region: str,
        period: str,
        level: Literal["B", "I", "A"],
        parent: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.UnitRollups:
        """Scores of a region's units, a level at a time.

        At a hub: the units below `parent`, the region's tops without it. Roles as for the nation's.
        """
        answer: models.UnitRollups = await self.call(
            "GET",
            "/v1/national/rollups/units",
            query={
                "region": region,
                "period": period,
                "level": level,
                "parent": parent,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return answer

    def all_national_rollups_units(
        self,
        *,
        region: str,
        period: str,
        level: Literal["B", "I", "A"],
        parent: str | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.UnitRollup]:
        """Every item of `get_national_rollups_units`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/national/rollups/units",
            {"region": region, "period": period, "level": level, "parent": parent, "limit": limit},
        )

    async def get_national_targets(
        self,
        *,
        region: str | None = None,
        indicator: str | None = None,
        period: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.RegionalTargets:
        """Targets that regions set for themselves.

        At a hub, by region. Roles programme-manager and ops with the root in their units.
        """
        answer: models.RegionalTargets = await self.call(
            "GET",
            "/v1/national/targets",
            query={
                "region": region,
                "indicator": indicator,
                "period": period,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return answer

    def all_national_targets(
        self,
        *,
        region: str | None = None,
        indicator: str | None = None,
        period: str | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.RegionalTarget]:
        """Every item of `get_national_targets`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/national/targets",
            {"region": region, "indicator": indicator, "period": period, "limit": limit},
        )

    async def get_national_unit_regions(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> models.OwnedUnits:
        """Units, with the region that owns each.

        At a hub: every unit of every region by code. A code that two regions have is in the list twice.
        """
        answer: models.OwnedUnits = await self.call(
            "GET", "/v1/national/unit-regions", query={"limit": limit, "cursor": cursor}
        )
        return answer

    def all_national_unit_regions(self, *, limit: int = 200) -> AsyncIterator[models.OwnedUnit]:
        """Every item of `get_national_unit_regions`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/national/unit-regions", {"limit": limit})

    async def get_national_units(
        self, *, region: str, parent: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> models.RegionalUnits:
        """Units of a region, a level at a time.

        At a hub: the units below `parent`, the region's tops without it. Roles as for headcounts.
        """
        answer: models.RegionalUnits = await self.call(
            "GET",
            "/v1/national/units",
            query={"region": region, "parent": parent, "limit": limit, "cursor": cursor},
        )
        return answer

    def all_national_units(
        self, *, region: str, parent: str | None = None, limit: int = 200
    ) -> AsyncIterator[models.RegionalUnit]:
        """Every item of `get_national_units`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/national/units", {"region": region, "parent": parent, "limit": limit})

    async def get_people(
        self,
        *,
        unit: str | None = None,
        under: str | None = None,
        role: str | None = None,
        external_id: str | None = None,
        system: str | None = None,
        active: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.People:
        """People that you may see. Unit and role filters look at the posts of today; there is no search by
        name.

        `external_id` and `system` find people of source systems that you are bound to.
        """
        answer: models.People = await self.call(
            "GET",
            "/v1/people",
            query={
                "unit": unit,
                "under": under,
                "role": role,
                "external_id": external_id,
                "system": system,
                "active": active,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return answer

    def all_people(
        self,
        *,
        unit: str | None = None,
        under: str | None = None,
        role: str | None = None,
        external_id: str | None = None,
        system: str | None = None,
        active: bool | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.Person]:
        """Every item of `get_people`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/people",
            {
                "unit": unit,
                "under": under,
                "role": role,
                "external_id": external_id,
                "system": system,
                "active": active,
                "limit": limit,
            },
        )

    async def post_people(
        self,
        json: models.PersonToCreate,
        *,
        system: str | None = None,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.PersonInFull:
        """Record a person. Until the first post only your source system and callers for the whole tree see the
        record.

        `system` is the source system that you write as, where you are bound to several.
        """
        answer: models.PersonInFull = await self.call(
            "POST",
            "/v1/people",
            query={"system": system},
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_people_scores_by_person_id(
        self, person_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> dict[str, Any]:
        """A person's scores over time.

        Every completed assessment, oldest first, each with its change and whether it exceeds chance.

        Only scores from the same items are compared; `not_comparable` names the other competencies and why.
        Scores, targets, gaps and changes are hundredths: 301 is 3.01 on the scale of 1 to 5.
        """
        answer: dict[str, Any] = await self.call(
            "GET", f"/v1/people-scores/{step(person_id)}", query={"limit": limit, "cursor": cursor}
        )
        return answer

    async def get_people_scores_by_person_id_carried(
        self, person_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> models.CarriedResults:
        """Results from other regions.

        What the person brought from other regions, oldest first: scores without answers, raters and groups.
        """
        answer: models.CarriedResults = await self.call(
            "GET", f"/v1/people-scores/{step(person_id)}/carried", query={"limit": limit, "cursor": cursor}
        )
        return answer

    def all_people_scores_by_person_id_carried(
        self, person_id: str, *, limit: int = 200
    ) -> AsyncIterator[models.CarriedResult]:
        """Every item of `get_people_scores_by_person_id_carried`, page by page; `limit` items are asked for at once."""
        return self.pages(f"/v1/people-scores/{step(person_id)}/carried", {"limit": limit})

    async def get_people_by_person_id(self, person_id: str) -> models.PersonInFull:
        """One person.

        One person with all posts.
        """
        answer: models.PersonInFull = await self.call("GET", f"/v1/people/{step(person_id)}")
        return answer

    async def delete_people_by_person_id(
        self,
        person_id: str,
        *,
        if_match: int | str,
        on: date | str | None = None,
        reason: Literal[
            "resigned",
            "retired",
            "died",
            "dismissed",
            "ill-health",
            "contract-ended",
            "post-abolished",
            "transferred-out",
            "transferred",
            "reassigned",
            "other",
            "unknown",
        ]
        | None = None,
        destination: Literal[
            "another-unit",
            "another-region",
            "public-employer",
            "other-employer",
            "abroad",
            "education",
            "not-working",
            "unknown",
        ]
        | None = None,
        idempotency_key: str | None = None,
    ) -> models.PersonInFull:
        """Let a person leave.

        The person has left from the day `on`, today when left out: posts end the day before. Needs If-
        Match.

        `reason` says why and `destination` where to.
        """
        answer: models.PersonInFull = await self.call(
            "DELETE",
            f"/v1/people/{step(person_id)}",
            query={"on": on, "reason": reason, "destination": destination},
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def patch_people_by_person_id(
        self,
        person_id: str,
        json: models.PersonChange,
        *,
        if_match: int | str,
        idempotency_key: str | None = None,
    ) -> models.PersonInFull:
        """Change what is known of a person.

        Change a person. Needs If-Match.
        """
        answer: models.PersonInFull = await self.call(
            "PATCH",
            f"/v1/people/{step(person_id)}",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_people_by_person_id_archive(self, person_id: str) -> bytes:
        """Everything that you may see of yourself.

        Your record, results, plans and answers as a zip: pages to read, and the same as JSON.

        For the person alone. Beside your own answers as a rater it has nothing that the API does not show
        you: neither who rated you, nor what others answered.
        """
        return (await self.send("GET", f"/v1/people/{step(person_id)}/archive")).body

    async def get_people_by_person_id_archive_to_hand_over(self, person_id: str) -> bytes:
        """What a person may see of themselves, for who hands it to them.

        The archive of somebody who asked a data protection officer for it. Needs Purpose-Of-Use, and is
        audited.

        It has what the person would see, also of who has left or never signed in, but for what they do as a
        rater: an officer with many archives would learn from that who rates whom, and what each of them
        answers.
        """
        return (await self.send("GET", f"/v1/people/{step(person_id)}/archive-to-hand-over")).body

    async def post_people_by_person_id_erase(
        self, person_id: str, *, if_match: int | str | None = None, idempotency_key: str | None = None
    ) -> models.Erasure:
        """Ask for a person to be erased.

        Ask for somebody who has left to be erased. Nothing is deleted until a second person confirms it.

        Records that were merged into this one are the person's, and erased with it.
        """
        answer: models.Erasure = await self.call(
            "POST",
            f"/v1/people/{step(person_id)}/erase",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_people_by_person_id_hold(
        self,
        person_id: str,
        json: models.HoldToRecord,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.LegalHold:
        """Put a legal hold on a person.

        Nothing about the person is erased while the hold lasts. A later reason takes an earlier one's
        place.
        """
        answer: models.LegalHold = await self.call(
            "POST",
            f"/v1/people/{step(person_id)}/hold",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def put_people_by_person_id_identifiers_by_system(
        self,
        person_id: str,
        system: str,
        json: models.PersonIdentifierValue,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.PersonInFull:
        """Say what a system calls a person.

        Let a source system that you are bound to call the person so: its next load meets them under that
        name.

        `renumbered`: what it called them until now stays theirs, so that old posts are not somebody else's.
        Needs the person's ETag as If-Match.
        """
        answer: models.PersonInFull = await self.call(
            "PUT",
            f"/v1/people/{step(person_id)}/identifiers/{step(system)}",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def delete_people_by_person_id_identifiers_by_system(
        self, person_id: str, system: str, *, if_match: int | str, idempotency_key: str | None = None
    ) -> models.PersonInFull:
        """Take away what a system calls a person.

        The source system calls the person nothing any more. Needs the person's ETag as If-Match.
        """
        answer: models.PersonInFull = await self.call(
            "DELETE",
            f"/v1/people/{step(person_id)}/identifiers/{step(system)}",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_people_by_person_id_merge(
        self, person_id: str, json: models.Merge, *, if_match: int | str, idempotency_key: str | None = None
    ) -> models.PersonInFull:
        """Merge another record into this.

        Make another record part of this one: both are one person's, with one history. Needs If-Match.

        You keep both records, and neither is your own. The other id answers 410 `person-merged` from then
        on, and its identifiers find this person.
        """
        answer: models.PersonInFull = await self.call(
            "POST",
            f"/v1/people/{step(person_id)}/merge",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_people_by_person_id_merges(
        self, person_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> models.MergesOfPeople:
        """Records that were merged into this.

        Which records are part of this one, and which were.
        """
        answer: models.MergesOfPeople = await self.call(
            "GET", f"/v1/people/{step(person_id)}/merges", query={"limit": limit, "cursor": cursor}
        )
        return answer

    def all_people_by_person_id_merges(
        self, person_id: str, *, limit: int = 200
    ) -> AsyncIterator[models.MergeOfPeople]:
        """Every item of `get_people_by_person_id_merges`, page by page; `limit` items are asked for at once."""
        return self.pages(f"/v1/people/{step(person_id)}/merges", {"limit": limit})

    async def get_people_by_person_id_profile(self, person_id: str) -> models.Profile:
        """A leader at a glance.

        Person and posts, latest scores, plans and evaluations of one leader.

        A part whose service is down or late is null and named in `missing`; only the registry's word that
        the person is not there, or not for this caller, refuses the whole.
        """
        answer: models.Profile = await self.call("GET", f"/v1/people/{step(person_id)}/profile")
        return answer

    async def post_people_by_person_id_release_hold(
        self, person_id: str, *, if_match: int | str | None = None, idempotency_key: str | None = None
    ) -> None:
        """Lift the legal hold on a person.

        The person can be erased again. Holds on records that were merged into this one are lifted with it.
        """
        await self.call(
            "POST",
            f"/v1/people/{step(person_id)}/release-hold",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )

    async def post_people_by_person_id_transfers(
        self,
        person_id: str,
        json: models.DepartureToRecord,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Departure:
        """Let a person go to another region.

        The person leaves for another region from the day `moved_on`: posts end, and count, the day before.

        What they take along is in a file that was sealed for that region before; its digest is on record.
        The same transfer once more changes nothing.
        """
        answer: models.Departure = await self.call(
            "POST",
            f"/v1/people/{step(person_id)}/transfers",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_people_by_person_id_unmerge(
        self, person_id: str, json: models.Unmerge, *, if_match: int | str, idempotency_key: str | None = None
    ) -> models.PartedPeople:
        """Undo a merge.

        Give both records back what was theirs. Needs If-Match.

        Later edits stay, and `conflicts` lists them; what was recorded since the merge stays with this
        person. Of several merges the last one is undone first.
        """
        answer: models.PartedPeople = await self.call(
            "POST",
            f"/v1/people/{step(person_id)}/unmerge",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_people_by_person_id_versions(
        self, person_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> models.PersonVersions:
        """How a person was recorded over time.

        Everything the record said, oldest first.
        """
        answer: models.PersonVersions = await self.call(
            "GET", f"/v1/people/{step(person_id)}/versions", query={"limit": limit, "cursor": cursor}
        )
        return answer

    def all_people_by_person_id_versions(
        self, person_id: str, *, limit: int = 200
    ) -> AsyncIterator[models.PersonVersion]:
        """Every item of `get_people_by_person_id_versions`, page by page; `limit` items are asked for at once."""
        return self.pages(f"/v1/people/{step(person_id)}/versions", {"limit": limit})

    async def get_plan_limits_by_unit_code(self, unit_code: str) -> models.PlanLimits:
        """Limits set for a unit.

        404 when none are set here: the nearest enclosing unit's hold, or the defaults.
        """
        answer: models.PlanLimits = await self.call("GET", f"/v1/plan-limits/{step(unit_code)}")
        return answer

    async def put_plan_limits_by_unit_code(
        self,
        unit_code: str,
        json: models.PlanLimits,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.PlanLimits:
        """Set limits for a unit's subtree.

        For plans proposed from now on. If-Match is needed once limits are set.
        """
        answer: models.PlanLimits = await self.call(
            "PUT",
            f"/v1/plan-limits/{step(unit_code)}",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_plans(
        self,
        *,
        person: str | None = None,
        unit: str | None = None,
        state: Literal["proposed", "agreed", "active", "closed"] | None = None,
        assessment: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.Plans:
        """Plans that you may see.

        Your own, your team's, and by role those of people inside your units; oldest first.
        """
        answer: models.Plans = await self.call(
            "GET",
            "/v1/plans",
            query={
                "person": person,
                "unit": unit,
                "state": state,
                "assessment": assessment,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return answer

    def all_plans(
        self,
        *,
        person: str | None = None,
        unit: str | None = None,
        state: Literal["proposed", "agreed", "active", "closed"] | None = None,
        assessment: str | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.Plan]:
        """Every item of `get_plans`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/plans",
            {"person": person, "unit": unit, "state": state, "assessment": assessment, "limit": limit},
        )

    async def get_plans_carried_by_person_id(
        self, person_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> models.CarriedPlans:
        """Plans from other regions.

        What the person brought from other regions, oldest first.
        """
        answer: models.CarriedPlans = await self.call(
            "GET", f"/v1/plans/carried/{step(person_id)}", query={"limit": limit, "cursor": cursor}
        )
        return answer

    def all_plans_carried_by_person_id(
        self, person_id: str, *, limit: int = 200
    ) -> AsyncIterator[models.CarriedPlan]:
        """Every item of `get_plans_carried_by_person_id`, page by page; `limit` items are asked for at once."""
        return self.pages(f"/v1/plans/carried/{step(person_id)}", {"limit": limit})

    async def get_plans_counts(self, *, unit: str) -> models.PlanCounts:
        """How many plans a unit's subtree has.

        By state. Roles programme-manager and hris, inside their units.
        """
        answer: models.PlanCounts = await self.call("GET", "/v1/plans/counts", query={"unit": unit})
        return answer

    async def get_plans_by_plan_id(self, plan_id: str) -> models.Plan:
        """One plan.

        With its activities and the reason for each.
        """
        answer: models.Plan = await self.call("GET", f"/v1/plans/{step(plan_id)}")
        return answer

    async def patch_plans_by_plan_id(
        self,
        plan_id: str,
        json: models.PlanChange,
        *,
        if_match: int | str,
        idempotency_key: str | None = None,
    ) -> models.Plan:
        """Rearrange a proposed plan.

        If-Match is needed. Limits that the plan then goes beyond come back as `warnings`.
        """
        answer: models.Plan = await self.call(
            "PATCH",
            f"/v1/plans/{step(plan_id)}",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_plans_by_plan_id_activities_by_activity_id_cancel(
        self,
        plan_id: str,
        activity_id: str,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Plan:
        """Cancel an activity.

        It stays on the plan and is not done.
        """
        answer: models.Plan = await self.call(
            "POST",
            f"/v1/plans/{step(plan_id)}/activities/{step(activity_id)}/cancel",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_plans_by_plan_id_activities_by_activity_id_complete(
        self,
        plan_id: str,
        activity_id: str,
        json: models.Completion,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Plan:
        """Complete an activity.

        Follow-ups are dated 30, 90 and 180 days on; the last activity finished closes the plan.
        """
        answer: models.Plan = await self.call(
            "POST",
            f"/v1/plans/{step(plan_id)}/activities/{step(activity_id)}/complete",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_plans_by_plan_id_activities_by_activity_id_start(
        self,
        plan_id: str,
        activity_id: str,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Plan:
        """Start an activity.

        The first one makes the plan active.
        """
        answer: models.Plan = await self.call(
            "POST",
            f"/v1/plans/{step(plan_id)}/activities/{step(activity_id)}/start",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_plans_by_plan_id_agree(
        self, plan_id: str, *, if_match: int | str, idempotency_key: str | None = None
    ) -> models.Plan:
        """Agree a plan.

        By the leader, the manager or a programme manager; from now on activities are due. If-Match is
        needed.
        """
        answer: models.Plan = await self.call(
            "POST",
            f"/v1/plans/{step(plan_id)}/agree",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_plans_by_plan_id_close(
        self, plan_id: str, json: models.PlanEnd, *, if_match: int | str, idempotency_key: str | None = None
    ) -> models.Plan:
        """Close a plan.

        A plan whose activities are all finished closes by itself. If-Match is needed.
        """
        answer: models.Plan = await self.call(
            "POST",
            f"/v1/plans/{step(plan_id)}/close",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_plans_by_plan_id_propose_again(
        self,
        plan_id: str,
        json: models.PlanLimits,
        *,
        if_match: int | str,
        idempotency_key: str | None = None,
    ) -> models.Plan:
        """Propose a plan once more under other limits.

        From the same gaps, in place of the activities it had; programme managers only. If-Match is needed.
        """
        answer: models.Plan = await self.call(
            "POST",
            f"/v1/plans/{step(plan_id)}/propose-again",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_post_norms(
        self, *, type: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> models.NormList:
        """Norms of posts.

        How many posts in each role a unit of a type should have.
        """
        answer: models.NormList = await self.call(
            "GET", "/v1/post-norms", query={"type": type, "limit": limit, "cursor": cursor}
        )
        return answer

    def all_post_norms(self, *, type: str | None = None, limit: int = 200) -> AsyncIterator[models.Norm]:
        """Every item of `get_post_norms`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/post-norms", {"type": type, "limit": limit})

    async def post_post_norms(
        self, json: models.PostNorm, *, if_match: int | str | None = None, idempotency_key: str | None = None
    ) -> models.Norm:
        """Set a norm of posts.

        Say how many posts in a role each unit of a type should have from a day on.
        """
        answer: models.Norm = await self.call(
            "POST",
            "/v1/post-norms",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_posts(
        self,
        *,
        person: str | None = None,
        unit: str | None = None,
        under: str | None = None,
        role: str | None = None,
        external_id: str | None = None,
        system: str | None = None,
        on: date | str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.Posts:
        """Posts that you may see.

        Posts that you may see: inside your units by role, your own, and those that report to you.

        `external_id` and `system` find posts of source systems that you are bound to.
        """
        answer: models.Posts = await self.call(
            "GET",
            "/v1/posts",
            query={
                "person": person,
                "unit": unit,
                "under": under,
                "role": role,
                "external_id": external_id,
                "system": system,
                "on": on,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return answer

    def all_posts(
        self,
        *,
        person: str | None = None,
        unit: str | None = None,
        under: str | None = None,
        role: str | None = None,
        external_id: str | None = None,
        system: str | None = None,
        on: date | str | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.Post]:
        """Every item of `get_posts`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/posts",
            {
                "person": person,
                "unit": unit,
                "under": under,
                "role": role,
                "external_id": external_id,
                "system": system,
                "on": on,
                "limit": limit,
            },
        )

    async def post_posts(
        self,
        json: models.PostToCreate,
        *,
        system: str | None = None,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Post:
        """Record who holds a post.

        Give a person a post. `system` is the source system that you write as, where you are bound to
        several.
        """
        answer: models.Post = await self.call(
            "POST",
            "/v1/posts",
            query={"system": system},
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_posts_by_post_id(self, post_id: str) -> models.Post:
        """One post."""
        answer: models.Post = await self.call("GET", f"/v1/posts/{step(post_id)}")
        return answer

    async def patch_posts_by_post_id(
        self,
        post_id: str,
        json: models.PostChange,
        *,
        if_match: int | str,
        idempotency_key: str | None = None,
    ) -> models.Post:
        """Change a post. Needs If-Match; what it was stays readable under /versions.

        With `as_of` the answer may be a new post, which has the external id from now on: see `Location`.
        """
        answer: models.Post = await self.call(
            "PATCH",
            f"/v1/posts/{step(post_id)}",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_posts_by_post_id_end(
        self,
        post_id: str,
        json: models.PostEnd,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Post | None:
        """End a post.

        End a post on its last day, which may be to come; a withdrawn one answers null.
        """
        answer: models.Post | None = await self.call(
            "POST",
            f"/v1/posts/{step(post_id)}/end",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def put_posts_by_post_id_identifiers_by_system(
        self,
        post_id: str,
        system: str,
        json: models.IdentifierValue,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Post:
        """Say what a system calls a post.

        Let a source system that you are bound to call the post so: its next load meets the post under that
        name.

        Needs the post's ETag as If-Match.
        """
        answer: models.Post = await self.call(
            "PUT",
            f"/v1/posts/{step(post_id)}/identifiers/{step(system)}",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def delete_posts_by_post_id_identifiers_by_system(
        self, post_id: str, system: str, *, if_match: int | str, idempotency_key: str | None = None
    ) -> models.Post:
        """Take away what a system calls a post.

        The source system calls the post nothing any more. Needs the post's ETag as If-Match.
        """
        answer: models.Post = await self.call(
            "DELETE",
            f"/v1/posts/{step(post_id)}/identifiers/{step(system)}",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_posts_by_post_id_versions(
        self, post_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> models.PostVersions:
        """How a post was recorded over time.

        Everything the post was and is, oldest first; withdrawn ones too.
        """
        answer: models.PostVersions = await self.call(
            "GET", f"/v1/posts/{step(post_id)}/versions", query={"limit": limit, "cursor": cursor}
        )
        return answer

    def all_posts_by_post_id_versions(
        self, post_id: str, *, limit: int = 200
    ) -> AsyncIterator[models.PostVersion]:
        """Every item of `get_posts_by_post_id_versions`, page by page; `limit` items are asked for at once."""
        return self.pages(f"/v1/posts/{step(post_id)}/versions", {"limit": limit})

    async def get_rater_requests(
        self,
        *,
        state: Literal["invited", "accepted", "declined", "answered", "withdrawn", "expired"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.RaterRequests:
        """Whom you were asked to rate.

        Only requests addressed to you.
        """
        answer: models.RaterRequests = await self.call(
            "GET", "/v1/rater-requests", query={"state": state, "limit": limit, "cursor": cursor}
        )
        return answer

    def all_rater_requests(
        self,
        *,
        state: Literal["invited", "accepted", "declined", "answered", "withdrawn", "expired"] | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.RaterRequest]:
        """Every item of `get_rater_requests`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/rater-requests", {"state": state, "limit": limit})

    async def get_rater_requests_by_request_id(self, request_id: str) -> models.RaterRequest:
        """One request to you.

        A manager is told here that a single manager's answers can be recognised.
        """
        answer: models.RaterRequest = await self.call("GET", f"/v1/rater-requests/{step(request_id)}")
        return answer

    async def post_rater_requests_by_request_id_accept(
        self, request_id: str, *, if_match: int | str | None = None, idempotency_key: str | None = None
    ) -> models.RaterRequest:
        """Agree to rate.

        Saying it again changes nothing.
        """
        answer: models.RaterRequest = await self.call(
            "POST",
            f"/v1/rater-requests/{step(request_id)}/accept",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_rater_requests_by_request_id_decline(
        self, request_id: str, *, if_match: int | str | None = None, idempotency_key: str | None = None
    ) -> models.RaterRequest:
        """Decline to rate.

        You are not awaited any more; there is no need to say why.
        """
        answer: models.RaterRequest = await self.call(
            "POST",
            f"/v1/rater-requests/{step(request_id)}/decline",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_rater_requests_by_request_id_response(
        self,
        request_id: str,
        json: dict[str, Any],
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """Submit your ratings.

        Ratings 1 to 5 in the instrument's order or by item code, null where you had no chance to observe.

        Relevance, 1 to 5 per competency, is asked of the subject and the manager. An answer cannot be
        changed. The last one awaited completes the assessment.
        """
        answer: dict[str, Any] = await self.call(
            "POST",
            f"/v1/rater-requests/{step(request_id)}/response",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_reactions(
        self,
        json: models.ReactionGiven,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Reaction:
        """React to an activity (level 1).

        By the person who completed the activity, once.
        """
        answer: models.Reaction = await self.call(
            "POST", "/v1/reactions", json=json, if_match=if_match, idempotency_key=idempotency_key, keyed=True
        )
        return answer

    async def get_reactions_by_reaction_id(self, reaction_id: str) -> models.Reaction:
        """One reaction.

        One's own, or of a person that one may see.
        """
        answer: models.Reaction = await self.call("GET", f"/v1/reactions/{step(reaction_id)}")
        return answer

    async def get_readers(self) -> models.BrokerReaders:
        """Readers over NATS.

        Readers that were made by this API, without their credentials.
        """
        answer: models.BrokerReaders = await self.call("GET", "/v1/readers")
        return answer

    async def post_readers(
        self, json: models.NewReader, *, if_match: int | str | None = None
    ) -> models.ReaderWithCredential:
        """Make a reader over NATS.

        A reader with an account of its own on the broker, which begins with the oldest event that is kept.

        One of each name: where there is one already it is the answer, with 200 and without its credential.
        Under an `Idempotency-Key` the credential is shown again, however often this is asked. Raises
        Conflict `reader-exists` and `readers-full`, Unavailable `readers-away`.
        """
        answer: models.ReaderWithCredential = await self.call(
            "POST", "/v1/readers", json=json, if_match=if_match
        )
        return answer

    async def get_readers_by_name(self, name: str) -> models.BrokerReader:
        """One reader over NATS.

        The reader of this name; where it was revoked, the last one. Raises NotFound `reader-unknown`.
        """
        answer: models.BrokerReader = await self.call("GET", f"/v1/readers/{step(name)}")
        return answer

    async def delete_readers_by_name(self, name: str, *, if_match: int | str | None = None) -> None:
        """Revoke a reader over NATS.

        When this is answered, the broker knows it no more and has closed its connections: within 10
        seconds.

        Unavailable `readers-away` says that this may not be so yet: ask again. Its position is forgotten.
        """
        await self.call("DELETE", f"/v1/readers/{step(name)}", if_match=if_match)

    async def post_readers_by_name_credentials(
        self, name: str, *, if_match: int | str | None = None
    ) -> models.ReaderWithCredential:
        """Give a reader another credential.

        A new credential for the same position; the one before ends at once, with its connections.

        Under an `Idempotency-Key` it is one, however often this is asked; once there is a later one, it is
        not shown.
        """
        answer: models.ReaderWithCredential = await self.call(
            "POST", f"/v1/readers/{step(name)}/credentials", if_match=if_match
        )
        return answer

    async def get_refused_events(self) -> models.RefusedEvents:
        """Events that the broker refused.

        What waits in outboxes because the broker refused it, with the trace of each.
        """
        answer: models.RefusedEvents = await self.call("GET", "/v1/refused-events")
        return answer

    async def get_releases_headcounts(
        self,
        *,
        cube: str | None = None,
        period: str | None = None,
        region: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.ReleasePage:
        """Releases of headcounts, without their figures.

        Roles programme-manager and ops with the root in their units, who read nobody one by one or
        everybody.

        What a region sent tells of people whom nobody reads at its hub: there these roles are enough.
        """
        answer: models.ReleasePage = await self.call(
            "GET",
            "/v1/releases/headcounts",
            query={"cube": cube, "period": period, "region": region, "limit": limit, "cursor": cursor},
        )
        return answer

    def all_releases_headcounts(
        self,
        *,
        cube: str | None = None,
        period: str | None = None,
        region: str | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.ReleaseItem]:
        """Every item of `get_releases_headcounts`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/releases/headcounts", {"cube": cube, "period": period, "region": region, "limit": limit}
        )

    async def get_releases_headcounts_by_cube_by_period_by_number(
        self, cube: str, period: str, number: int, *, region: str | None = None
    ) -> models.ReleaseDocument:
        """A release of headcounts as it was made.

        Byte for byte what the digest is over, as it was made; it is never changed. For whom the list is.
        """
        answer: models.ReleaseDocument = await self.call(
            "GET",
            f"/v1/releases/headcounts/{step(cube)}/{step(period)}/{step(number)}",
            query={"region": region},
        )
        return answer

    async def get_releases_indicators(
        self,
        *,
        cube: str | None = None,
        period: str | None = None,
        region: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.ReleasePage:
        """Releases of indicators, without their figures.

        Roles programme-manager and ops with the root in their units, who read nobody one by one or
        everybody.

        What a region sent tells of people whom nobody reads at its hub: there these roles are enough.
        """
        answer: models.ReleasePage = await self.call(
            "GET",
            "/v1/releases/indicators",
            query={"cube": cube, "period": period, "region": region, "limit": limit, "cursor": cursor},
        )
        return answer

    def all_releases_indicators(
        self,
        *,
        cube: str | None = None,
        period: str | None = None,
        region: str | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.ReleaseItem]:
        """Every item of `get_releases_indicators`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/releases/indicators", {"cube": cube, "period": period, "region": region, "limit": limit}
        )

    async def get_releases_indicators_by_cube_by_period_by_number(
        self, cube: str, period: str, number: int, *, region: str | None = None
    ) -> models.ReleaseDocument:
        """A release of indicators as it was made.

        Byte for byte what the digest is over, as it was made; it is never changed. For whom the list is.
        """
        answer: models.ReleaseDocument = await self.call(
            "GET",
            f"/v1/releases/indicators/{step(cube)}/{step(period)}/{step(number)}",
            query={"region": region},
        )
        return answer

    async def get_releases_plans(
        self,
        *,
        cube: str | None = None,
        period: str | None = None,
        region: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.ReleasePage:
        """Releases of plans, without their figures.

        Roles programme-manager and ops with the root in their units, who read nobody one by one or
        everybody.

        What a region sent tells of people whom nobody reads at its hub: there these roles are enough.
        """
        answer: models.ReleasePage = await self.call(
            "GET",
            "/v1/releases/plans",
            query={"cube": cube, "period": period, "region": region, "limit": limit, "cursor": cursor},
        )
        return answer

    def all_releases_plans(
        self,
        *,
        cube: str | None = None,
        period: str | None = None,
        region: str | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.ReleaseItem]:
        """Every item of `get_releases_plans`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/releases/plans", {"cube": cube, "period": period, "region": region, "limit": limit}
        )

    async def get_releases_plans_by_cube_by_period_by_number(
        self, cube: str, period: str, number: int, *, region: str | None = None
    ) -> models.ReleaseDocument:
        """A release of plans as it was made.

        Byte for byte what the digest is over, as it was made; it is never changed. For whom the list is.
        """
        answer: models.ReleaseDocument = await self.call(
            "GET", f"/v1/releases/plans/{step(cube)}/{step(period)}/{step(number)}", query={"region": region}
        )
        return answer

    async def get_releases_rollups(
        self,
        *,
        cube: str | None = None,
        period: str | None = None,
        region: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.ReleasePage:
        """Releases of rollups, without their figures.

        Roles programme-manager and ops with the root in their units, who read nobody one by one or
        everybody.

        What a region sent tells of people whom nobody reads at its hub: there these roles are enough.
        """
        answer: models.ReleasePage = await self.call(
            "GET",
            "/v1/releases/rollups",
            query={"cube": cube, "period": period, "region": region, "limit": limit, "cursor": cursor},
        )
        return answer

    def all_releases_rollups(
        self,
        *,
        cube: str | None = None,
        period: str | None = None,
        region: str | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.ReleaseItem]:
        """Every item of `get_releases_rollups`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/releases/rollups", {"cube": cube, "period": period, "region": region, "limit": limit}
        )

    async def get_releases_rollups_by_cube_by_period_by_number(
        self, cube: str, period: str, number: int, *, region: str | None = None
    ) -> models.ReleaseDocument:
        """A release of rollups as it was made.

        Byte for byte what the digest is over, as it was made; it is never changed. For whom the list is.
        """
        answer: models.ReleaseDocument = await self.call(
            "GET",
            f"/v1/releases/rollups/{step(cube)}/{step(period)}/{step(number)}",
            query={"region": region},
        )
        return answer

    async def post_responses_bulk(
        self,
        lines: Lines[models.Line],
        *,
        awaiting_confirmation: bool | None = None,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """Submit ratings of many raters.

        One response a line, for paper forms and other systems. Good lines stand, bad ones are reported.

        Loading the same lines again changes nothing. A rater nobody asked becomes an answered request. An
        answer entered on a rater's behalf counts towards the minimum of a group once the rater has
        submitted their own, or once somebody else has entered it a second time, which is answered with
        `already-answered`.
        """
        answer: dict[str, Any] = await self.call(
            "POST",
            "/v1/responses/bulk",
            query={"awaiting_confirmation": awaiting_confirmation},
            lines=lines,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_role_profiles(
        self,
        *,
        level: Literal["B", "I", "A"] | None = None,
        setting: Literal["facility", "district", "national"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.RoleProfiles:
        """Role profiles.

        By role code.
        """
        answer: models.RoleProfiles = await self.call(
            "GET",
            "/v1/role-profiles",
            query={"level": level, "setting": setting, "limit": limit, "cursor": cursor},
        )
        return answer

    def all_role_profiles(
        self,
        *,
        level: Literal["B", "I", "A"] | None = None,
        setting: Literal["facility", "district", "national"] | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.RoleProfile]:
        """Every item of `get_role_profiles`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/role-profiles", {"level": level, "setting": setting, "limit": limit})

    async def get_role_profiles_by_role(self, role: str) -> models.RoleProfile:
        """One role profile.

        Targets and weights by competency code.
        """
        answer: models.RoleProfile = await self.call("GET", f"/v1/role-profiles/{step(role)}")
        return answer

    async def put_role_profiles_by_role(
        self,
        role: str,
        json: models.ProfileContent,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.RoleProfile:
        """Override a role profile.

        The country's own targets and weights, or a region's; they count in the cycles that open from now
        on.
        """
        answer: models.RoleProfile = await self.call(
            "PUT",
            f"/v1/role-profiles/{step(role)}",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_roles(
        self,
        *,
        level: Literal["B", "I", "A"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.Roles:
        """Roles that posts may have.

        Roles by code.
        """
        answer: models.Roles = await self.call(
            "GET", "/v1/roles", query={"level": level, "limit": limit, "cursor": cursor}
        )
        return answer

    def all_roles(
        self, *, level: Literal["B", "I", "A"] | None = None, limit: int = 200
    ) -> AsyncIterator[models.Role]:
        """Every item of `get_roles`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/roles", {"level": level, "limit": limit})

    async def get_roles_by_code(self, code: str) -> models.Role:
        """One role."""
        answer: models.Role = await self.call("GET", f"/v1/roles/{step(code)}")
        return answer

    async def put_roles_by_code(
        self,
        code: str,
        json: models.RoleValues,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Role:
        """Add or change a role.

        Add a role, or change one (then with If-Match). A new level reaches everybody in the role.
        """
        answer: models.Role = await self.call(
            "PUT",
            f"/v1/roles/{step(code)}",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_rollups(
        self, *, unit: str, period: str, level: Literal["B", "I", "A"] | None = None
    ) -> dict[str, Any]:
        """Scores of a unit and everything below it.

        Averages, shares below target and histograms, live or as published. Means are hundredths: 301 is
        3.01.

        Who may read every individual of a cell reads it as it is now, whole (`live`), everybody else as
        last published: suppressed where the people whom the reader may read leave one to four others, and
        not listed where it never was. `unverified` counts people of a live cell whose score rests on their
        own answers alone; it is null in a published one, since it counts a subset that may be one to four
        people.
        """
        answer: dict[str, Any] = await self.call(
            "GET", "/v1/rollups", query={"unit": unit, "period": period, "level": level}
        )
        return answer

    async def get_rollups_children(
        self, *, unit: str, period: str, level: Literal["B", "I", "A"] | None = None
    ) -> dict[str, Any]:
        """Scores of a unit's children.

        As one unit's, for each child in the tree that the period was counted in.
        """
        answer: dict[str, Any] = await self.call(
            "GET", "/v1/rollups/children", query={"unit": unit, "period": period, "level": level}
        )
        return answer

    async def get_source_systems(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> models.SourceSystems:
        """Source systems.

        Systems that people, posts and units come from, by code.
        """
        answer: models.SourceSystems = await self.call(
            "GET", "/v1/source-systems", query={"limit": limit, "cursor": cursor}
        )
        return answer

    def all_source_systems(self, *, limit: int = 200) -> AsyncIterator[models.SourceSystem]:
        """Every item of `get_source_systems`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/source-systems", {"limit": limit})

    async def post_source_systems(
        self,
        json: models.SourceSystemToRegister,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.SourceSystem:
        """Register a source system.

        Register a system. Nobody writes as it before a client is bound to it.
        """
        answer: models.SourceSystem = await self.call(
            "POST",
            "/v1/source-systems",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_source_systems_by_code(self, code: str) -> models.SourceSystem:
        """One source system."""
        answer: models.SourceSystem = await self.call("GET", f"/v1/source-systems/{step(code)}")
        return answer

    async def patch_source_systems_by_code(
        self,
        code: str,
        json: models.SourceSystemChange,
        *,
        if_match: int | str,
        idempotency_key: str | None = None,
    ) -> models.SourceSystem:
        """Change a source system.

        Change a system or retire it. Needs If-Match. With a new code see `Location`; its records are the
        same.
        """
        answer: models.SourceSystem = await self.call(
            "PATCH",
            f"/v1/source-systems/{step(code)}",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_source_systems_by_code_clients(
        self, code: str, *, limit: int | None = None, cursor: str | None = None
    ) -> models.SourceClients:
        """Clients of a source system.

        Clients that write as the system.
        """
        answer: models.SourceClients = await self.call(
            "GET", f"/v1/source-systems/{step(code)}/clients", query={"limit": limit, "cursor": cursor}
        )
        return answer

    def all_source_systems_by_code_clients(
        self, code: str, *, limit: int = 200
    ) -> AsyncIterator[models.SourceClient]:
        """Every item of `get_source_systems_by_code_clients`, page by page; `limit` items are asked for at once."""
        return self.pages(f"/v1/source-systems/{step(code)}/clients", {"limit": limit})

    async def post_source_systems_by_code_clients(
        self,
        code: str,
        json: models.ClientToBind,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.SourceClient:
        """Bind a client to a source system.

        Let a client write as the system, beside those that do. It meets the records that they wrote as its
        own.
        """
        answer: models.SourceClient = await self.call(
            "POST",
            f"/v1/source-systems/{step(code)}/clients",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def delete_source_systems_by_code_clients_by_client_key(
        self,
        code: str,
        client_key: str,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.SourceClient:
        """Take a client off a source system.

        The client writes as the system no more; what it wrote stays.
        """
        answer: models.SourceClient = await self.call(
            "DELETE",
            f"/v1/source-systems/{step(code)}/clients/{step(client_key)}",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_source_systems_by_code_forms_by_kind(self, code: str, kind: str) -> models.ImportForm:
        """How a system writes its CSV.

        How the system's lists of a kind are written, as far as anybody has said so.
        """
        answer: models.ImportForm = await self.call(
            "GET", f"/v1/source-systems/{step(code)}/forms/{step(kind)}"
        )
        return answer

    async def put_source_systems_by_code_forms_by_kind(
        self,
        code: str,
        kind: str,
        json: models.ImportForm,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.ImportForm:
        """Say how a system writes its CSV.

        Store how the system's lists of a kind are written: what an import leaves out is read so. If-Match.
        """
        answer: models.ImportForm = await self.call(
            "PUT",
            f"/v1/source-systems/{step(code)}/forms/{step(kind)}",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_staffing_minimums(
        self, *, unit: str, limit: int | None = None, cursor: str | None = None
    ) -> models.MinimumList:
        """Staffing minimums of a unit.

        How many staff of each cadre a unit needs at least.
        """
        answer: models.MinimumList = await self.call(
            "GET", "/v1/staffing-minimums", query={"unit": unit, "limit": limit, "cursor": cursor}
        )
        return answer

    def all_staffing_minimums(self, *, unit: str, limit: int = 200) -> AsyncIterator[models.Minimum]:
        """Every item of `get_staffing_minimums`, page by page; `limit` items are asked for at once."""
        return self.pages("/v1/staffing-minimums", {"unit": unit, "limit": limit})

    async def post_staffing_minimums(
        self,
        json: models.StaffingMinimum,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Minimum:
        """Set a staffing minimum.

        Say how many staff of a cadre a unit needs at least from a day on.
        """
        answer: models.Minimum = await self.call(
            "POST",
            "/v1/staffing-minimums",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_targets(
        self,
        *,
        indicator: str | None = None,
        period: str | None = None,
        unit: str | None = None,
        unit_level: Literal["country", "region", "district", "facility"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.Targets:
        """Targets.

        This instance's own and, in a region, its hub's. Any role; a target tells of nobody.
        """
        answer: models.Targets = await self.call(
            "GET",
            "/v1/targets",
            query={
                "indicator": indicator,
                "period": period,
                "unit": unit,
                "unit_level": unit_level,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return answer

    def all_targets(
        self,
        *,
        indicator: str | None = None,
        period: str | None = None,
        unit: str | None = None,
        unit_level: Literal["country", "region", "district", "facility"] | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.Target]:
        """Every item of `get_targets`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/targets",
            {
                "indicator": indicator,
                "period": period,
                "unit": unit,
                "unit_level": unit_level,
                "limit": limit,
            },
        )

    async def get_targets_by_indicator_by_period_levels_by_level(
        self, indicator: str, period: str, level: str
    ) -> models.Target:
        """The target of a level.

        The own one, or else the hub's.
        """
        answer: models.Target = await self.call(
            "GET", f"/v1/targets/{step(indicator)}/{step(period)}/levels/{step(level)}"
        )
        return answer

    async def put_targets_by_indicator_by_period_levels_by_level(
        self,
        indicator: str,
        period: str,
        level: str,
        json: models.TargetSet,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Target:
        """Set the target of a level.

        For every unit of the level; at a hub for its regions' too.

        Role programme-manager with the root in its units; a change needs If-Match.
        """
        answer: models.Target = await self.call(
            "PUT",
            f"/v1/targets/{step(indicator)}/{step(period)}/levels/{step(level)}",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_targets_by_indicator_by_period_units_by_unit(
        self, indicator: str, period: str, unit: str
    ) -> models.Target:
        """The target of a unit.

        The own one, or else the hub's; not the one of the unit's level.
        """
        answer: models.Target = await self.call(
            "GET", f"/v1/targets/{step(indicator)}/{step(period)}/units/{step(unit)}"
        )
        return answer

    async def put_targets_by_indicator_by_period_units_by_unit(
        self,
        indicator: str,
        period: str,
        unit: str,
        json: models.TargetSet,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Target:
        """Set the target of a unit.

        For the unit itself, not for those below.

        Role programme-manager inside its units; a change needs If-Match.
        """
        answer: models.Target = await self.call(
            "PUT",
            f"/v1/targets/{step(indicator)}/{step(period)}/units/{step(unit)}",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_unit_merges(
        self, json: models.Merger, *, if_match: int | str | None = None, idempotency_key: str | None = None
    ) -> models.Merged:
        """Merge units into one.

        Merge units into another one, and close them.
        """
        answer: models.Merged = await self.call(
            "POST",
            "/v1/unit-merges",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_units(
        self,
        *,
        level: Literal["country", "region", "district", "facility"] | None = None,
        type: str | None = None,
        ownership: str | None = None,
        parent: str | None = None,
        under: str | None = None,
        open_on: date | str | None = None,
        name: str | None = None,
        external_id: str | None = None,
        system: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.Units:
        """Units that you may see.

        Units by code. `under` is the whole subtree with its top, `parent` the children alone.

        `name` is a part of the name, case and accents aside; it finds units inside the caller's own.
        `external_id` is what a source system calls a unit, `system` the code of that system.
        """
        answer: models.Units = await self.call(
            "GET",
            "/v1/units",
            query={
                "level": level,
                "type": type,
                "ownership": ownership,
                "parent": parent,
                "under": under,
                "open_on": open_on,
                "name": name,
                "external_id": external_id,
                "system": system,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return answer

    def all_units(
        self,
        *,
        level: Literal["country", "region", "district", "facility"] | None = None,
        type: str | None = None,
        ownership: str | None = None,
        parent: str | None = None,
        under: str | None = None,
        open_on: date | str | None = None,
        name: str | None = None,
        external_id: str | None = None,
        system: str | None = None,
        limit: int = 200,
    ) -> AsyncIterator[models.Unit]:
        """Every item of `get_units`, page by page; `limit` items are asked for at once."""
        return self.pages(
            "/v1/units",
            {
                "level": level,
                "type": type,
                "ownership": ownership,
                "parent": parent,
                "under": under,
                "open_on": open_on,
                "name": name,
                "external_id": external_id,
                "system": system,
                "limit": limit,
            },
        )

    async def post_units(
        self,
        json: models.UnitToCreate,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.UnitInFull:
        """Open a unit.

        Create a unit. Without a parent it becomes the root, of which there is one.
        """
        answer: models.UnitInFull = await self.call(
            "POST", "/v1/units", json=json, if_match=if_match, idempotency_key=idempotency_key, keyed=True
        )
        return answer

    async def get_units_by_code(self, code: str) -> models.UnitInFull:
        """One unit.

        One unit with its dated places.
        """
        answer: models.UnitInFull = await self.call("GET", f"/v1/units/{step(code)}")
        return answer

    async def patch_units_by_code(
        self,
        code: str,
        json: models.UnitDescription,
        *,
        if_match: int | str,
        idempotency_key: str | None = None,
    ) -> models.UnitInFull:
        """Describe a unit anew.

        Change name, type, ownership, position or rural. Needs If-Match.
        """
        answer: models.UnitInFull = await self.call(
            "PATCH",
            f"/v1/units/{step(code)}",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_units_by_code_close(
        self,
        code: str,
        json: models.Closure,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.UnitInFull:
        """Close a unit. With open children or posts it needs successors, otherwise it is a conflict."""
        answer: models.UnitInFull = await self.call(
            "POST",
            f"/v1/units/{step(code)}/close",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def put_units_by_code_identifiers_by_system(
        self,
        code: str,
        system: str,
        json: models.IdentifierValue,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.UnitInFull:
        """Say what a system calls a unit.

        Let a source system that you are bound to call the unit so. Needs the unit's ETag as If-Match.
        """
        answer: models.UnitInFull = await self.call(
            "PUT",
            f"/v1/units/{step(code)}/identifiers/{step(system)}",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def delete_units_by_code_identifiers_by_system(
        self, code: str, system: str, *, if_match: int | str, idempotency_key: str | None = None
    ) -> models.UnitInFull:
        """Take away what a system calls a unit.

        The source system calls the unit nothing any more. Needs the unit's ETag as If-Match.
        """
        answer: models.UnitInFull = await self.call(
            "DELETE",
            f"/v1/units/{step(code)}/identifiers/{step(system)}",
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_units_by_code_move(
        self,
        code: str,
        json: models.Move,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.UnitInFull:
        """Move a unit below another one.

        Move a unit with all below it from a day on; a move to come becomes effective by itself.
        """
        answer: models.UnitInFull = await self.call(
            "POST",
            f"/v1/units/{step(code)}/move",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_units_by_code_overview(self, code: str, *, period: str | None = None) -> models.Overview:
        """A unit in one quarter.

        The unit, the scores of everybody below it, plans by state, indicator values; now without `period`.
        """
        answer: models.Overview = await self.call(
            "GET", f"/v1/units/{step(code)}/overview", query={"period": period}
        )
        return answer

    async def get_units_by_code_region(self, code: str) -> models.RegionOfUnit:
        """The region that owns a unit.

        At a hub: which region owns the unit, its address and public keys. Ask that region about people.
        """
        answer: models.RegionOfUnit = await self.call("GET", f"/v1/units/{step(code)}/region")
        return answer

    async def post_units_by_code_split(
        self,
        code: str,
        json: models.Split,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Merged:
        """Split a unit.

        Split a unit into new ones of the same level under the same parent, and close it.
        """
        answer: models.Merged = await self.call(
            "POST",
            f"/v1/units/{step(code)}/split",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def get_units_by_code_versions(
        self, code: str, *, limit: int | None = None, cursor: str | None = None
    ) -> models.UnitVersions:
        """How a unit was recorded over time.

        Everything the unit was and is, oldest first.
        """
        answer: models.UnitVersions = await self.call(
            "GET", f"/v1/units/{step(code)}/versions", query={"limit": limit, "cursor": cursor}
        )
        return answer

    def all_units_by_code_versions(self, code: str, *, limit: int = 200) -> AsyncIterator[models.UnitVersion]:
        """Every item of `get_units_by_code_versions`, page by page; `limit` items are asked for at once."""
        return self.pages(f"/v1/units/{step(code)}/versions", {"limit": limit})

    async def get_webhooks(self) -> models.WebhookList:
        """Webhooks of the caller.

        All webhooks that this sign-in subscribed.
        """
        answer: models.WebhookList = await self.call("GET", "/v1/webhooks")
        return answer

    async def post_webhooks(
        self, json: models.NewWebhook, *, if_match: int | str | None = None
    ) -> models.WebhookWithSecret:
        """Subscribe a webhook.

        Events that the caller may know of are brought to `url`, signed with the secret of the answer.

        Under an `Idempotency-Key` there is one webhook, however often this is asked. Raises Invalid
        `webhook-refused`, Conflict `webhooks-full`.
        """
        answer: models.WebhookWithSecret = await self.call(
            "POST", "/v1/webhooks", json=json, if_match=if_match
        )
        return answer

    async def get_webhooks_by_webhook_id(self, webhook_id: str) -> models.Webhook:
        """One webhook.

        A webhook of the caller, who confirms it by that. Raises NotFound `webhook-unknown`.
        """
        answer: models.Webhook = await self.call("GET", f"/v1/webhooks/{step(webhook_id)}")
        return answer

    async def delete_webhooks_by_webhook_id(self, webhook_id: str, *, if_match: int | str) -> None:
        """End a webhook.

        Nothing more is delivered, and its position is forgotten.
        """
        await self.call("DELETE", f"/v1/webhooks/{step(webhook_id)}", if_match=if_match)

    async def patch_webhooks_by_webhook_id(
        self, webhook_id: str, json: models.WebhookChange, *, if_match: int | str
    ) -> models.Webhook:
        """Change a webhook.

        Another address, other types, paused, or active again: then it goes on where it was.
        """
        answer: models.Webhook = await self.call(
            "PATCH", f"/v1/webhooks/{step(webhook_id)}", json=json, if_match=if_match
        )
        return answer

    async def get_webhooks_by_webhook_id_deliveries(
        self, webhook_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> models.AttemptPage:
        """What became of deliveries.

        The newest 1,000 attempts of 30 days, oldest first.
        """
        answer: models.AttemptPage = await self.call(
            "GET", f"/v1/webhooks/{step(webhook_id)}/deliveries", query={"limit": limit, "cursor": cursor}
        )
        return answer

    def all_webhooks_by_webhook_id_deliveries(
        self, webhook_id: str, *, limit: int = 200
    ) -> AsyncIterator[models.Attempt]:
        """Every item of `get_webhooks_by_webhook_id_deliveries`, page by page; `limit` items are asked for at once."""
        return self.pages(f"/v1/webhooks/{step(webhook_id)}/deliveries", {"limit": limit})

    async def post_webhooks_by_webhook_id_replay(
        self,
        webhook_id: str,
        json: models.Again,
        *,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Webhook:
        """Deliver again.

        Everything after a cursor once more, under the same event ids. Raises Gone `cursor-expired`.
        """
        answer: models.Webhook = await self.call(
            "POST",
            f"/v1/webhooks/{step(webhook_id)}/replay",
            json=json,
            if_match=if_match,
            idempotency_key=idempotency_key,
            keyed=True,
        )
        return answer

    async def post_webhooks_by_webhook_id_secrets(
        self, webhook_id: str, *, if_match: int | str | None = None
    ) -> models.WebhookWithSecret:
        """Rotate the secret.

        A new secret. For a day deliveries are signed with the one before as well.

        Under an `Idempotency-Key` it is one secret, however often this is asked while it signs.
        """
        answer: models.WebhookWithSecret = await self.call(
            "POST", f"/v1/webhooks/{step(webhook_id)}/secrets", if_match=if_match
        )
        return answer

    async def post_webhooks_by_webhook_id_test(
        self, webhook_id: str, *, if_match: int | str | None = None
    ) -> models.Attempt:
        """Send a test delivery.

        One delivery of type `steward.gateway.webhook-test.v1`, at once, and what the receiver answered.
        """
        answer: models.Attempt = await self.call(
            "POST", f"/v1/webhooks/{step(webhook_id)}/test", if_match=if_match
        )
        return answer
