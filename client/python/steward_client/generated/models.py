"""Values of the API as dictionaries. Made by `make client`; do not change it by hand."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict


class AbsentRecord(TypedDict):
    """
    What a full list does not name, by the id of its kind, with the region that it is in.
    """

    person_id: str | None
    post_id: str | None
    unit_code: str | None
    version: int
    region: str | None


class AbsentRecords(TypedDict):
    """
    One page of them.
    """

    items: list[AbsentRecord]
    next: str | None


class AcceptedLine(TypedDict):
    """
    A line that was taken, and the unit that it is about.
    """

    line: int
    unit_code: str
    outcome: str


class Activity(TypedDict):
    """
    An activity of a plan. Hours and days as planned, `hours_spent` as it was; cost in whole units.
    """

    activity_id: str
    intervention_code: str
    approach: str
    delivery: str
    competencies: list[str]
    hours: int
    days_away: int
    cost: int
    due_on: str
    state: NotRequired[Literal["planned", "started", "completed", "cancelled"]]
    reason: dict[str, Any] | None
    started_at: NotRequired[str | None]
    completed_at: NotRequired[str | None]
    hours_spent: NotRequired[int | None]
    end_reason: NotRequired[Literal["person-left"] | None]


class ActivityLearning(TypedDict):
    """
    Level 2: the tests around an activity, in per cent.
    """

    learning_result_id: str
    activity_id: str
    pre_percent: float | None
    post_percent: float | None
    gain: float | None


class ActivityReaction(TypedDict):
    """
    Level 1: an activity of the plan, and the reaction to it once it was given.
    """

    activity_id: str
    intervention_code: str | None
    approach: str | None
    competencies: list[str]
    due_on: str | None
    started_at: str | None
    completed_at: str | None
    hours: int | None
    reaction_id: str | None
    relevance: int | None
    usefulness: int | None
    given_at: str | None


class Again(TypedDict):
    """
    Deliver again what came after this cursor.
    """

    after: str


class Aim(TypedDict):
    """
    Target on the rating scale and weight of one competency.
    """

    target: float
    weight: int


class Alike(TypedDict):
    """
    All dead letters of one cause, as the list names it; `cursor` is `next` of the call before.
    """

    cause: str
    cursor: NotRequired[int]


class Approval(TypedDict):
    """
    `absent_digest` of the import, as the set was that you have looked at.
    """

    digest: str


class Assessment(TypedDict):
    """
    One post in one cycle, or a follow-up of it. It shows no figures before it is completed.

    `not-measured`: it ended with too few answers to score any competency, so it has no result and no
    plan, and counts nowhere. `expired`: its cycle closed without the manager's or three other responses.
    """

    assessment_id: str
    kind: Literal["cycle", "follow-up"]
    cycle_id: str | None
    plan_id: str | None
    follow_up_days: int | None
    person_id: str
    post_id: str
    unit_code: str
    role_code: str
    level: str
    framework_code: str
    framework_version: int
    due_on: str
    state: Literal["open", "completed", "not-measured", "expired", "withdrawn"]
    version: int
    opened_at: str
    ended_at: str | None


class Assessments(TypedDict):
    """
    A page of assessments.
    """

    items: list[Assessment]
    next: str | None


class Attempt(TypedDict):
    """
    One attempt: `outcome` is delivered, failed, given-up, gone or test; `status` 0: no answer.
    """

    at: str | None
    event_id: str
    type: str
    attempt: int
    outcome: str
    status: int
    reason: str
    milliseconds: int
    next_attempt_in: float | None


class AttemptPage(TypedDict):
    """
    Attempts, oldest first.
    """

    items: list[Attempt]
    next: str | None


class AuditHead(TypedDict):
    """
    A seal of the chain: note number and hash elsewhere, and a later export can be held against them.
    """

    number: int
    sealed_at: str
    entries: int
    hash: str


class AuditHeads(TypedDict):
    """
    A page of seals, oldest first.
    """

    items: list[AuditHead]
    next: str | None


class AuditedPerson(TypedDict):
    """
    Somebody whom an entry is about.
    """

    person_id: str


class BrokerReader(TypedDict):
    """
    A reader over NATS: its durable consumer in each of `streams` is named `durable`.

    `made_by` and the like are opaque keys of sign-ins. `last_seen_at` is true to the minute, null before that.
    """

    name: str
    sees: Literal["aggregates", "people"]
    state: Literal["active", "revoked"]
    durable: str
    streams: list[str]
    inbox_prefix: str
    made_at: str
    made_by: str
    renewed_at: str | None
    renewed_by: str | None
    revoked_at: str | None
    revoked_by: str | None
    last_seen_at: str | None


class BrokerReaders(TypedDict):
    """
    All readers of the instance by name, also those that were revoked in the last 400 days.
    """

    items: list[BrokerReader]


class Budget(TypedDict):
    """
    Of a metered line: bytes of today (UTC), how many there may be, events that wait for tomorrow.
    """

    day: str
    used: int
    limit: int
    waiting: int


class CadreStaff(TypedDict):
    """
    Staff of one cadre that has a minimum; `short` is what is missing, counted unit by unit.
    """

    cadre: str
    minimum: int
    present: int
    short: int


class CarriedPlan(TypedDict):
    """
    A plan as the region `origin` showed it on the day of the transfer; it counts in no figure here.
    """

    carried_id: str
    origin: str
    transfer_id: str
    person_id: str
    proposed_at: str
    plan: dict[str, Any]


class CarriedPlans(TypedDict):
    """
    A page of plans that a person brought.
    """

    items: list[CarriedPlan]
    next: str | None


class CarriedRecord(TypedDict):
    """
    Who comes: what the region of origin recorded. Sign-ins and numbers of its systems stay there.
    """

    family_name: str
    given_name: NotRequired[str | None]
    phone: NotRequired[str | None]
    email: NotRequired[str | None]
    sex: NotRequired[Literal["female", "male", "other"] | None]
    birth_year: NotRequired[int | None]
    cadre: NotRequired[str | None]


class CarriedResult(TypedDict):
    """
    A result as the region `origin` showed it, in hundredths by competency; it counts in no figure here.
    """

    carried_id: str
    origin: str
    transfer_id: str
    person_id: str
    framework_code: str
    framework_version: int
    level: str
    role_code: str
    period: str
    completed_at: str
    scores: list[int | None]
    targets: list[int | None]
    gaps: list[int | None]


class CarriedResults(TypedDict):
    """
    A page of results that a person brought.
    """

    items: list[CarriedResult]
    next: str | None


class Change(TypedDict):
    """
    Others-scores of a competency, 1 to 5, at the baseline and at the re-rating.
    """

    competency: str
    before: float
    after: float


class Changes(TypedDict):
    """
    Competencies that others scored both times; `rose` when the mean rose by 0.5 or more.
    """

    competencies: list[Change]
    mean_change: float | None
    rose: bool | None


class CheckIn(TypedDict):
    """
    What came of it after 30 days. Codes and no free text, so that nobody is named in it.
    """

    applied: int
    obstacle: NotRequired[
        Literal["none", "time", "staff", "supplies", "support", "authority", "not-relevant"] | None
    ]


class ClientSecret(TypedDict):
    """
    A valid secret, without itself.
    """

    secret_id: str
    made_at: str
    expires_at: str
    last_used_at: str | None


class ClientToBind(TypedDict):
    """
    Issuer and subject (`iss`, `sub`) of the client's tokens.
    """

    iss: str
    sub: str


class ClockOffset(TypedDict):
    """
    How far domain time is to be ahead of real time.
    """

    offset_seconds: float


class Closure(TypedDict):
    """
    The unit is no longer open from the day `on`. What is left goes to the first successor, or as chosen.
    """

    on: NotRequired[str | None]
    successors: NotRequired[list[str]]
    children: NotRequired[dict[str, str]]
    posts: NotRequired[dict[str, str]]


class ComparedField(TypedDict):
    """
    How alike a field is, in per cent, and what it weighs in the score.
    """

    field: str
    alike: int
    weight: int


class ComparedPerson(TypedDict):
    """
    One side of a pair, with the units of all posts.
    """

    person_id: str
    family_name: str
    given_name: str | None
    sex: str | None
    birth_year: int | None
    cadre: str | None
    phone: str | None
    email: str | None
    deactivated_on: str | None
    units: list[str]


class Completion(TypedDict):
    """
    The hours really spent, and the day when it was not today.
    """

    hours: int
    completed_on: NotRequired[str | None]


class Consistency(TypedDict):
    """
    One competency: complete responses looked at and alpha in hundredths; null below 30 people.
    """

    code: str
    responses: int | None
    alpha: int | None


class Crowd(TypedDict):
    """
    More than 20 facilities that are alike for one reason, `same-name` or `near-position`; ten are named.
    """

    reason: str
    size: int
    codes: list[str]
    lines: list[int | None]


class Cycle(TypedDict):
    """
    A cycle. `settled_at`: everything in it is scored or expired; `published_at`: its figures are released.
    """

    cycle_id: str
    unit_code: str
    role_codes: list[str]
    framework_code: str
    framework_version: int
    starts_on: str
    ends_on: str
    max_peers: int
    max_reports: int
    seed: int
    overlapping: bool
    state: Literal["draft", "open", "closed"]
    version: int
    created_at: str
    opened_at: str | None
    closed_at: str | None
    settled_at: str | None
    published_at: str | None
    assessments: NotRequired[dict[str, int] | None]
    invited: NotRequired[int | None]


class CycleChanges(TypedDict):
    """
    Changes to a draft; of an open cycle only `ends_on` can change.
    """

    role_codes: NotRequired[list[str] | None]
    starts_on: NotRequired[str | None]
    ends_on: NotRequired[str | None]
    max_peers: NotRequired[int | None]
    max_reports: NotRequired[int | None]
    overlapping: NotRequired[bool | None]


class CycleDraft(TypedDict):
    """
    A cycle to be: who is assessed, with which framework, when, by how many raters.
    """

    unit_code: str
    role_codes: list[str]
    framework_code: str
    framework_version: int
    starts_on: str
    ends_on: str
    max_peers: NotRequired[int]
    max_reports: NotRequired[int]
    seed: NotRequired[int]
    overlapping: NotRequired[bool]


class Cycles(TypedDict):
    """
    A page of cycles.
    """

    items: list[Cycle]
    next: str | None


Days: TypeAlias = Literal[30, 90, 180]


class Departure(TypedDict):
    """
    A transfer to another region.
    """

    transfer_id: str
    person_id: str
    region: str
    sealing_key: str
    digest: str
    reason: str
    moved_on: str
    recorded_at: str


class DepartureToRecord(TypedDict):
    """
    Where somebody goes and why, from which day on; and the file that was sealed for that region.
    """

    transfer_id: str
    region: str
    sealing_key: str
    digest: str
    reason: Literal["posting", "promotion", "own-request", "other"]
    moved_on: str


class DomainTime(TypedDict):
    """
    Domain time: due dates, periods and follow-ups go by it; tokens do not.
    """

    now: str
    today: str
    time_zone: str
    offset_seconds: float


class Drop(TypedDict):
    """
    Why a dead letter is dropped. No free text, so that nobody writes about people here.

    `duplicate`: stored by another way; `obsolete`: later events say more; `invalid`: what it says is wrong;
    `test-data`; `other`: see the ticket. `ticket` refers to where the case is written down, such as OPS-4711:
    never a name, number or address of a person. It has a digit, so that a name alone is none.
    """

    reason: Literal["duplicate", "obsolete", "invalid", "test-data", "other"]
    ticket: NotRequired[str | None]


class Dropped(TypedDict):
    """
    When, by whom (the opaque key of the sign-in) and why a dead letter was dropped.
    """

    at: str
    by: str
    reason: str
    ticket: str | None


class EditedSince(TypedDict):
    """
    A field of a record that was edited after the merge, and keeps what it says.

    Of a post `field` may also be `recorded`, it began since and stays with the survivor, or `withdrawn`.
    """

    record: Literal["person", "post"]
    id: str
    field: str


class Erasure(TypedDict):
    """
    An erasure; `person_id` is null and `erased_at` set once it was confirmed.
    """

    erasure_id: str
    person_id: str | None
    requested_at: str
    erased_at: str | None
    digest: str | None


class Erasures(TypedDict):
    """
    One page of erasures.
    """

    items: list[Erasure]
    next: str | None


class Established(TypedDict):
    """
    Established posts from a day on.
    """

    unit_code: str
    role_code: str
    posts: int
    valid_from: str


class EstablishedLine(TypedDict):
    """
    So many posts in a role are established at a unit, from a day on.

        The unit is named by its code, or by what a source system calls it (`unit_external_id` of `unit_system`).
    """

    role_code: str
    posts: int
    valid_from: str
    unit_code: NotRequired[str | None]
    unit_external_id: NotRequired[str | None]
    unit_system: NotRequired[str | None]


class EstablishedList(TypedDict):
    """
    One page of established posts; of a role the newest first day up to a day counts.
    """

    items: list[Established]
    next: str | None


class EstablishedPosts(TypedDict):
    """
    So many posts in a role are established at a unit from a day on; 0: none any more.
    """

    role_code: str
    posts: int
    valid_from: str
    unit_code: str


class Expression(TypedDict):
    """
    A numerator or denominator: a stable name and its text per language.
    """

    expression: str
    text: dict[str, str]


class FacilityLine(TypedDict):
    """
    One facility as a line of NDJSON, with the fields of a facility list.

        A field that no line of the list has leaves what is stored. Left out of one line alone, or null, it is an
        empty cell.
    """

    name: str
    code: NotRequired[str | None]
    type: NotRequired[str | None]
    ownership: NotRequired[str | None]
    latitude: NotRequired[float | None]
    longitude: NotRequired[float | None]
    country: NotRequired[str | None]
    region: NotRequired[str | None]
    district: NotRequired[str | None]
    rural: NotRequired[bool | None]
    status: NotRequired[str | None]
    external_id: NotRequired[str | None]


class FieldPrecedence(TypedDict):
    """
    Systems by code, of which the first that knows a person has the say about a field of the record.
    """

    field: str
    version: int
    systems: list[str]


class FieldPrecedences(TypedDict):
    """
    The order of every field; without systems the last word counts.
    """

    items: list[FieldPrecedence]


class Figures(TypedDict):
    """
    A cell. `live`: as it is now, for who may read every individual in it; else as it was last released.

    `suppressed`: this reader could tell one to four of its people apart, or may read some of the people in one
    that was never published. `value` is
    numerator / denominator x factor in the indicator's `unit`, rounded to two decimals.
    """

    indicator: str
    unit_code: str
    period: str
    unit: str
    value: float | None
    numerator: float | None
    denominator: float | None
    people: int | None
    as_of: str
    version: int
    live: bool
    suppressed: bool


class FollowUp(TypedDict):
    """
    A follow-up of a plan: 30 days a check-in, 90 and 180 a re-rating.
    """

    follow_up_id: str
    plan_id: str
    person_id: str
    unit_code: str
    days: Literal[30, 90, 180]
    due_on: str
    state: Literal["pending", "due", "answered", "ended"]
    version: int
    applied: int | None
    obstacle: str | None
    answered_at: str | None


class FollowUps(TypedDict):
    """
    A page of follow-ups.
    """

    items: list[FollowUp]
    next: str | None


class FrameworkVersion(TypedDict):
    """
    A framework version; of a published overlay the core with the overlay applied.
    """

    framework_code: str
    framework_version: int
    state: Literal["draft", "published"]
    core_code: str | None
    core_version: int | None
    version: int
    published_at: str | None
    content: dict[str, Any]


class Gain(TypedDict):
    """
    A competency with the expected gain in hundredths of the 1 to 5 scale: an assumption, not a finding.
    """

    code: str
    gain: int


class Gap(TypedDict):
    """
    A gap as assessed with its priority, both in hundredths.
    """

    competency: str
    gap: int
    priority: int
    unverified: NotRequired[bool]


class Held(TypedDict):
    """
    Events that wait to be taken over into the uplink, and the age of the oldest in seconds.
    """

    events: int
    seconds: float


class HoldToRecord(TypedDict):
    """
    Why a person's data must not be erased for now.
    """

    reason: Literal["litigation", "investigation", "audit", "pension-claim", "other"]


class Identifier(TypedDict):
    """
    What a source system calls a record.
    """

    system: str
    value: str


class IdentifierValue(TypedDict):
    """
    What the source system calls it.
    """

    value: str


class Import(TypedDict):
    """
    One import. While it is `running`, `received` says how far it has come; counts come when it is `done`.

    `refused` and `failed` stored nothing, `problem` has the code; `interrupted` has not written its progress for a
    minute, and stored nothing either. `absence` says what became of those whom a full list does not name.
    """

    import_id: str
    kind: str
    system: str | None
    state: str
    dry_run: bool
    full_list: bool
    started_at: str
    seen_at: str
    ended_at: str | None
    received: int
    created: int | None
    updated: int | None
    unchanged: int | None
    held: int | None
    rejected_count: int | None
    digest: str | None
    problem: str | None
    absent_count: int | None
    deactivated: int | None
    absence: str | None
    absent_digest: str | None
    decided_at: str | None


class ImportForm(TypedDict):
    """
    Headers by field (null leaves it out), form of days, delimiter and encoding; what is null is found out.
    """

    columns: NotRequired[dict[str, str | None]]
    dates: NotRequired[str | None]
    delimiter: NotRequired[str | None]
    encoding: NotRequired[Literal["utf-8", "utf-16", "cp1252"] | None]


class Imports(TypedDict):
    """
    One page of imports.
    """

    items: list[Import]
    next: str | None


class Indicator(TypedDict):
    """
    An indicator as the catalogue has it, in the newest version that is known here.

    `computed`: this software keeps its values from events. A national definition may be ahead of the software.
    """

    code: str
    version: int
    name: dict[str, str]
    purpose: dict[str, str]
    numerator: Expression
    denominator: Expression | None
    source: str
    unit: str
    factor: int
    direction: str
    frequency: str
    window_months: int | None
    chain: str
    evaluation_level: int | None
    competencies: list[str]
    upstream: list[str]
    disaggregations: list[str]
    baseline: Any
    targets: list[Any]
    minimum_cell: int
    owner: str
    dhis2_code: str
    references: list[str]
    computed: bool


class Indicators(TypedDict):
    """
    A page of the catalogue.
    """

    items: list[Indicator]
    next: str | None


class Intervention(TypedDict):
    """
    A development activity on offer. Cost for one participant, whole units of the instance's currency.
    """

    code: str
    name: dict[str, str]
    description: dict[str, str]
    approach: str
    delivery: str
    levels: list[str]
    competencies: list[Gain]
    hours: int
    days_away: int
    cost: int
    languages: list[str]
    prerequisites: list[str]


class Invited(TypedDict):
    """
    How many of the named raters were newly invited; all of them for who may not know who was asked.
    """

    invited: int


class Item(TypedDict):
    """
    One behaviour; `text` completes the rater's stem.
    """

    code: str
    competency: str
    theme: NotRequired[str | None]
    text: str
    self_text: str


class LearningResult(TypedDict):
    """
    A test before and after an activity, in per cent; `gain` in points once both are known.
    """

    learning_result_id: str
    activity_id: str
    plan_id: str
    person_id: str
    unit_code: str
    pre_percent: float | None
    post_percent: float | None
    gain: float | None
    recorded_at: str


class LeaverLine(TypedDict):
    """
    The person with this external id is no longer there from the day `on`.

        `reason` and `destination` are codes of GET /v1/leaving-codes.
    """

    external_id: str
    on: str
    reason: NotRequired[
        Literal[
            "contract-ended",
            "died",
            "dismissed",
            "ill-health",
            "other",
            "post-abolished",
            "reassigned",
            "resigned",
            "retired",
            "transferred",
            "transferred-out",
            "unknown",
        ]
        | None
    ]
    destination: NotRequired[
        Literal[
            "abroad",
            "another-region",
            "another-unit",
            "education",
            "not-working",
            "other-employer",
            "public-employer",
            "unknown",
        ]
        | None
    ]


class LeavingDestination(TypedDict):
    """
    Where somebody goes.
    """

    code: str
    name: dict[str, str]


class LeavingReason(TypedDict):
    """
    Why somebody leaves; `kind` is voluntary, involuntary, internal (goes on in another post) or other.
    """

    code: str
    kind: str
    name: dict[str, str]


class LegalHold(TypedDict):
    """
    A legal hold on a person's data.
    """

    person_id: str
    reason: str
    recorded_at: str


class LikelyDuplicate(TypedDict):
    """
    Two facilities that may be one; a line is null for a unit that the list does not mention.
    """

    codes: list[Any]
    lines: list[Any]
    reasons: list[str]
    metres: int | None


class Line(TypedDict):
    """
    One response: its assessment by id or by cycle and post, its rater, the answers in order.
    """

    rater_person_id: str
    category: Literal["manager", "partner", "peer", "report", "self"]
    ratings: list[int | None]
    assessment_id: NotRequired[str | None]
    cycle_id: NotRequired[str | None]
    post_id: NotRequired[str | None]
    relevance: NotRequired[list[int | None] | None]


class List(TypedDict):
    """
    A list of the API with the state of what events are about.
    """

    href: str
    id: str
    version: str


class Listed(TypedDict):
    """
    A framework version in a list.
    """

    framework_code: str
    framework_version: int
    state: Literal["draft", "published"]
    core_code: str | None
    core_version: int | None
    version: int
    published_at: str | None
    name: dict[str, str]


class MatchDecision(TypedDict):
    """
    Whether two records are of one person. `survivor` and `fields` are of a merge: see there.

    Without `survivor` it is the first of the pair, the older record.
    """

    decision: Literal["same", "not-same"]
    survivor: NotRequired[str | None]
    fields: NotRequired[
        dict[
            Literal["family_name", "given_name", "phone", "email", "sex", "birth_year", "cadre"],
            Literal["survivor", "merged"],
        ]
    ]


class MatchReview(TypedDict):
    """
    Two records that may be of one person; `score` is the mean of the fields by weight, in per cent.
    """

    review_id: str
    version: int
    state: str
    score: int
    fields: list[ComparedField]
    first: ComparedPerson
    second: ComparedPerson
    found_at: str
    decided_at: str | None


class MatchReviews(TypedDict):
    """
    One page of pairs, the oldest first.
    """

    items: list[MatchReview]
    next: str | None


class Measure(TypedDict):
    """
    A numerator or denominator: a stable name, by which software computes it, and its text per language.
    """

    expression: str
    text: dict[str, str]


class Merge(TypedDict):
    """
    The record that becomes part of this one, and by field which of both says what counts.

    Fields left out follow the order of systems that decides them, else the surviving record, else the other.
    """

    merged_id: str
    fields: NotRequired[
        dict[
            Literal["family_name", "given_name", "phone", "email", "sex", "birth_year", "cadre"],
            Literal["survivor", "merged"],
        ]
    ]


class MergeOfPeople(TypedDict):
    """
    A record that became part of another one; `undone_at` where it is a record of its own again.
    """

    merge_id: str
    merged_id: str
    merged_at: str
    undone_at: str | None


class Merged(TypedDict):
    """
    What became of a merge or split.
    """

    closed: list[str]
    successors: list[str]


class Merger(TypedDict):
    """
    The `units` become part of `into` from the day `on`.
    """

    units: list[str]
    into: str
    on: NotRequired[str | None]


class MergesOfPeople(TypedDict):
    """
    One page of merges, the oldest first.
    """

    items: list[MergeOfPeople]
    next: str | None


class Minimum(TypedDict):
    """
    A staffing minimum from a day on.
    """

    unit_code: str
    cadre: str
    staff: int
    valid_from: str


class MinimumLine(TypedDict):
    """
    A unit, named as for established posts, needs so many staff of a cadre at least, from a day on.
    """

    cadre: str
    staff: int
    valid_from: str
    unit_code: NotRequired[str | None]
    unit_external_id: NotRequired[str | None]
    unit_system: NotRequired[str | None]


class MinimumList(TypedDict):
    """
    One page of staffing minimums; of a cadre the newest first day up to a day counts.
    """

    items: list[Minimum]
    next: str | None


class Missing(TypedDict):
    """
    A part that could not be had: `service-away`, `service-late`, or the code of the service's problem.
    """

    part: str
    reason: str


class MissingPart(TypedDict):
    """
    What the evaluation of the plan lacks; `level` 1 reaction to 5 system impact.

    A re-rating is not due, awaited, or it ended without a score: `re-rating-not-measured` where no
    competency could be scored, `re-rating-expired` where too few answered.
    """

    level: int
    code: str
    activity_id: str | None
    days: int | None
    due_on: str | None


class Move(TypedDict):
    """
    The unit stands under `parent` from the day `on`: today when left out, past and future as well.
    """

    parent: str
    on: NotRequired[str | None]


class NationalFigure(TypedDict):
    """
    One competency: sum and mean in hundredths; `below_target` of those in regions that tell it.
    """

    people: int
    sum: int
    mean: int
    below_target: int | None
    below_target_of: int | None


class NationalHeadcount(TypedDict):
    """
    The sum over the regions that published figures; null where none did.

    `women` is null too while one of these regions withholds them: of one to four women or men nobody is told.
    """

    people: int | None
    women: int | None
    regions: int
    suppressed: int


class NationalIndicator(TypedDict):
    """
    Computed from the regions' summed numerators and denominators; null where none published any.
    """

    value: float | None
    numerator: float | None
    denominator: float | None
    regions: int
    suppressed: int


class NationalRollup(TypedDict):
    """
    Sums over the regions that published figures; null where none did.
    """

    people: int | None
    figures: list[NationalFigure | None] | None
    regions: int
    suppressed: int


class NationalTotal(TypedDict):
    """
    The sum over the regions that published figures; null where none did, or one does not tell that figure.
    """

    people: int | None
    proposed: int | None
    agreed: int | None
    closed: int | None
    completed: int | None
    activities_due: int | None
    activities_completed: int | None
    hours: int | None
    regions: int
    suppressed: int
    untold: dict[str, int]


class NewReader(TypedDict):
    """
    A reader of structure and figures without people, or also of events about `people`, by opaque id.
    """

    name: str
    sees: NotRequired[Literal["aggregates", "people"]]


class NewSecret(TypedDict):
    """
    A new secret; store it now. A repeat under its Idempotency-Key has null for `client_secret`.
    """

    client_id: str
    client_secret: str | None
    secret_id: str
    made_at: str
    expires_at: str
    last_used_at: str | None


class NewUnit(TypedDict):
    """
    A unit to be created by a split: level and parent are those of the unit that is split.
    """

    unit_code: str
    name: str
    type: str
    ownership: NotRequired[str | None]
    latitude: NotRequired[float | None]
    longitude: NotRequired[float | None]
    rural: NotRequired[bool | None]


class NewWebhook(TypedDict):
    """
    Where events go; `types` are those wanted, none for all. `after` is a cursor, without it from now on.

    Before a webhook that only fails is disabled, a warning goes to `warning_url`.
    """

    url: str
    types: NotRequired[list[str]]
    warning_url: NotRequired[str | None]
    after: NotRequired[str | None]


class Norm(TypedDict):
    """
    A norm from a day on.
    """

    unit_type: str
    role_code: str
    posts: int
    valid_from: str


class NormLine(TypedDict):
    """
    Each unit of a type should have so many posts in a role, from a day on.
    """

    unit_type: str
    role_code: str
    posts: int
    valid_from: str


class NormList(TypedDict):
    """
    One page of norms; of a type and role the newest first day up to a day counts.
    """

    items: list[Norm]
    next: str | None


class Outbox(TypedDict):
    """
    Events of a service that wait to be published, and the age of the oldest.
    """

    waiting: int
    oldest_seconds: float


class Overview(TypedDict):
    """
    A unit in one quarter; each part is as its own resource gives it, null when it is missing.
    """

    unit: dict[str, Any] | None
    period: str
    rollup: Any
    plans: dict[str, Any] | None
    indicators: dict[str, Any] | None
    missing: list[Missing]


class OwnGain(TypedDict):
    """
    As `Gain`, as it is sent.
    """

    code: str
    gain: int


class OwnIntervention(TypedDict):
    """
    An intervention of this instance's own; `offered` false withdraws it, for plans proposed from now on.
    """

    name: dict[str, str]
    description: dict[str, str]
    approach: Literal[
        "formal-training", "workplace-learning", "networking", "self-directed", "action-learning"
    ]
    delivery: Literal["face-to-face", "online", "blended", "workplace"]
    levels: list[Literal["B", "I", "A"]]
    competencies: list[OwnGain]
    hours: int
    days_away: int
    cost: int
    languages: list[str]
    prerequisites: NotRequired[list[str]]
    offered: NotRequired[bool]


class OwnedUnit(TypedDict):
    """
    A unit, and a region that owns it; `name` is null while that region runs a version without names.
    """

    unit_code: str
    region: str
    name: str | None
    level: str


class OwnedUnits(TypedDict):
    """
    A page of units with their regions.
    """

    items: list[OwnedUnit]
    next: str | None


class Person(TypedDict):
    """
    A person; identifiers are shown only to clients of the source system that gave them.

    `leaving_reason` and `leaving_destination` are null for those who do not keep the record.
    """

    person_id: str
    version: int
    external_id: str | None
    identifiers: list[Identifier]
    family_name: str
    given_name: str | None
    phone: str | None
    email: str | None
    sex: str | None
    birth_year: int | None
    cadre: str | None
    active: bool
    deactivated_on: str | None
    leaving_reason: str | None
    leaving_destination: str | None


class PersonIdentifierValue(TypedDict):
    """
    What the source system calls the person; `renumbered`: it called them otherwise before.
    """

    value: str
    renumbered: NotRequired[bool]


class PersonVersion(TypedDict):
    """
    What the record of a person said once; `version` and `recorded_at` are of the beginning.
    """

    version: int
    family_name: str
    given_name: str | None
    phone: str | None
    email: str | None
    sex: str | None
    birth_year: int | None
    cadre: str | None
    deactivated_on: str | None
    leaving_reason: str | None
    leaving_destination: str | None
    recorded_at: str


class PersonVersions(TypedDict):
    """
    One page of versions, oldest first. A new post or sign-in raises the version too, without an entry here.
    """

    items: list[PersonVersion]
    next: str | None


class Placement(TypedDict):
    """
    Under which parent a unit stands from a day on.
    """

    valid_from: str
    parent: str


class Plan(TypedDict):
    """
    A development plan. `left_out` says which gaps it does not serve further, and why.
    """

    plan_id: str
    version: int
    state: Literal["proposed", "agreed", "active", "closed"]
    outcome: Literal["completed", "abandoned", "superseded", "no-gap", "person-left"] | None
    assessment_id: str
    person_id: str
    post_id: str
    unit_code: str
    level: str
    competencies: list[str]
    gaps: list[Gap]
    not_measured: list[str]
    left_out: list[dict[str, Any]]
    limits: dict[str, int]
    warnings: list[str]
    assessed_at: str
    proposed_at: str
    agreed_at: str | None
    closed_at: str | None
    activities: list[Activity]


class PlanCounts(TypedDict):
    """
    Plans inside a unit's subtree.
    """

    unit_code: str
    plans: dict[str, int]


class PlanEnd(TypedDict):
    """
    How a plan ends by hand.
    """

    outcome: Literal["completed", "abandoned"]


class PlanLimits(TypedDict):
    """
    Limits of one plan: days away from the post, cost, activities, days until the last one is due.
    """

    days_away: int
    cost: int
    activities: int
    horizon_days: int


class PlannedChange(TypedDict):
    """
    One activity of the rearranged plan: a present one (`activity_id`) or one added (`intervention_code`).
    """

    activity_id: NotRequired[str | None]
    intervention_code: NotRequired[str | None]
    due_on: str


class PlanningListed(TypedDict):
    """
    An intervention and who offers it: the catalogue, this instance itself, or the hub of this region.
    """

    code: str
    name: dict[str, str]
    description: dict[str, str]
    approach: str
    delivery: str
    levels: list[str]
    competencies: list[Gain]
    hours: int
    days_away: int
    cost: int
    languages: list[str]
    prerequisites: list[str]
    origin: Literal["catalogue", "own", "hub"]


class Plans(TypedDict):
    """
    A page of plans.
    """

    items: list[Plan]
    next: str | None


class Post(TypedDict):
    """
    A post; `primary` is meant on the day asked for, or on the nearest day that it is held.

    `end_reason` and `end_destination` are null for those who do not keep the record.
    """

    post_id: str
    version: int
    external_id: str | None
    identifiers: list[Identifier]
    person_id: str
    unit_code: str
    role_code: str
    level: str | None
    valid_from: str
    valid_to: str | None
    end_reason: str | None
    end_destination: str | None
    acting: bool
    primary: bool
    manager_post_id: str | None


class PostChange(TypedDict):
    """
    What can be changed of a post; fields left out stay.

    `as_of` is the day from which the post is so: before it the post stays as it was, as one that ended the
    day before. Days already past change in no other way. A day up to the first one corrects the whole post.
    """

    as_of: NotRequired[str | None]
    unit_code: NotRequired[str | None]
    role_code: NotRequired[str | None]
    valid_from: NotRequired[str | None]
    valid_to: NotRequired[str | None]
    end_reason: NotRequired[
        Literal[
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
        | None
    ]
    end_destination: NotRequired[
        Literal[
            "another-unit",
            "another-region",
            "public-employer",
            "other-employer",
            "abroad",
            "education",
            "not-working",
            "unknown",
        ]
        | None
    ]
    acting: NotRequired[bool | None]
    primary: NotRequired[bool | None]
    manager_post_id: NotRequired[str | None]


class PostEnd(TypedDict):
    """
    The last day of a post, and why it ends and where the person goes; or `withdrawn: true` for a mistake.
    """

    last_day: NotRequired[str | None]
    reason: NotRequired[
        Literal[
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
        | None
    ]
    destination: NotRequired[
        Literal[
            "another-unit",
            "another-region",
            "public-employer",
            "other-employer",
            "abroad",
            "education",
            "not-working",
            "unknown",
        ]
        | None
    ]
    withdrawn: NotRequired[bool]


class PostLine(TypedDict):
    """
    One post as a line of NDJSON. Person and manager are named by external id or by Steward's own id.

        The unit is named by its code, or by what a source system calls it: `unit_system`, left out the one that
        the load is written as. `as_of` is the day from which a post that is there already becomes what the line says.
    """

    external_id: str
    role_code: str
    valid_from: str
    unit_code: NotRequired[str | None]
    unit_external_id: NotRequired[str | None]
    unit_system: NotRequired[str | None]
    valid_to: NotRequired[str | None]
    end_reason: NotRequired[
        Literal[
            "contract-ended",
            "died",
            "dismissed",
            "ill-health",
            "other",
            "post-abolished",
            "reassigned",
            "resigned",
            "retired",
            "transferred",
            "transferred-out",
            "unknown",
        ]
        | None
    ]
    end_destination: NotRequired[
        Literal[
            "abroad",
            "another-region",
            "another-unit",
            "education",
            "not-working",
            "other-employer",
            "public-employer",
            "unknown",
        ]
        | None
    ]
    person_external_id: NotRequired[str | None]
    person_id: NotRequired[str | None]
    acting: NotRequired[bool]
    primary: NotRequired[bool]
    manager_external_id: NotRequired[str | None]
    manager_post_id: NotRequired[str | None]
    as_of: NotRequired[str | None]


class PostNorm(TypedDict):
    """
    Each unit of a type, as units have it, should have so many posts in a role from a day on; 0: no norm.
    """

    unit_type: str
    role_code: str
    posts: int
    valid_from: str


class PostToCreate(TypedDict):
    """
    A post from its first to its last day, both inclusive, in the past, present or future.

    `primary: true` claims that it is the primary one; claims of one person must not overlap. Where
    nobody claims, a substantive post goes before an acting one, then the earliest.
    """

    person_id: str
    unit_code: str
    role_code: str
    valid_from: str
    valid_to: NotRequired[str | None]
    end_reason: NotRequired[
        Literal[
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
        | None
    ]
    end_destination: NotRequired[
        Literal[
            "another-unit",
            "another-region",
            "public-employer",
            "other-employer",
            "abroad",
            "education",
            "not-working",
            "unknown",
        ]
        | None
    ]
    acting: NotRequired[bool]
    primary: NotRequired[bool]
    manager_post_id: NotRequired[str | None]
    external_id: NotRequired[str | None]


class PostVersion(TypedDict):
    """
    What a post was once; `primary_claim` is what its source said.
    """

    version: int
    person_id: str
    unit_code: str
    role_code: str
    valid_from: str
    valid_to: str | None
    end_reason: str | None
    end_destination: str | None
    acting: bool
    primary_claim: bool
    manager_post_id: str | None
    withdrawn: bool
    recorded_at: str


class PostVersions(TypedDict):
    """
    One page of versions, oldest first. An identifier raises the version too, without an entry here.
    """

    items: list[PostVersion]
    next: str | None


class Posts(TypedDict):
    """
    One page of posts.
    """

    items: list[Post]
    next: str | None


class PriorityGap(TypedDict):
    """
    A priority gap of the baseline; `closed` when its level reached the target.
    """

    competency: str
    planned: bool
    closed: bool


class Error(TypedDict):
    pointer: str
    code: str
    detail: str


class Problem(TypedDict):
    """
    Why a request was refused (RFC 9457). `code` is stable: docs/integrate/codes.md.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: NotRequired[list[Error]]
    trace_id: NotRequired[str]


class Profile(TypedDict):
    """
    A leader at a glance; each part is as its own resource gives it, null when it is missing.
    """

    person: dict[str, Any] | None
    posts: dict[str, Any] | None
    scores: dict[str, Any] | None
    plans: dict[str, Any] | None
    evaluations: dict[str, Any] | None
    missing: list[Missing]


class PublicKeys(TypedDict):
    """
    A key set (RFC 7517) of one to four public keys, by which the client signs who it is.
    """

    keys: list[dict[str, Any]]


class RatedPerson(TypedDict):
    """
    Whom you were asked to rate, as registry has them; names of the role by language.
    """

    family_name: str
    given_name: str | None
    role_code: str
    role_name: dict[str, str]
    unit_code: str
    unit_name: str


class Rater(TypedDict):
    """
    One more rater and the relation to the assessed person.
    """

    person_id: str
    category: Literal["manager", "peer", "report", "partner"]


class RaterRequest(TypedDict):
    """
    An invitation to rate somebody. `notice` is what raters of this relation must know.

    `subject` is null once the request is declined, withdrawn or expired, as is all else that says whom it
    was about, and while registry cannot be asked.

    `typed_in`: somebody entered an answer on your behalf, and nobody has confirmed it. Submit your own
    while the assessment is open: it takes that one's place.
    """

    request_id: str
    assessment_id: str
    subject_person_id: NotRequired[str | None]
    subject: NotRequired[RatedPerson | None]
    category: Literal["self", "manager", "peer", "report", "partner"]
    state: Literal["invited", "accepted", "declined", "answered", "withdrawn", "expired"]
    version: int
    invited_at: str
    unit_code: NotRequired[str | None]
    role_code: NotRequired[str | None]
    level: NotRequired[str | None]
    kind: NotRequired[str | None]
    framework_code: NotRequired[str | None]
    framework_version: NotRequired[int | None]
    due_on: NotRequired[str | None]
    notice: NotRequired[dict[str, str] | None]
    typed_in: NotRequired[bool | None]


class RaterRequests(TypedDict):
    """
    A page of rater requests.
    """

    items: list[RaterRequest]
    next: str | None


class Raters(TypedDict):
    """
    Raters to invite by hand.
    """

    raters: list[Rater]


class Reaction(TypedDict):
    """
    A reaction; it cannot be changed.
    """

    reaction_id: str
    activity_id: str
    plan_id: str
    unit_code: str
    relevance: int
    usefulness: int
    given_at: str


class ReactionGiven(TypedDict):
    """
    What the participant says of an activity, each from 1 (not at all) to 5 (very).
    """

    activity_id: str
    relevance: int
    usefulness: int


class ReaderWithCredential(TypedDict):
    """
    A reader with the seed of its NKEY, which is shown this once; null where it was shown before.
    """

    name: str
    sees: Literal["aggregates", "people"]
    state: Literal["active", "revoked"]
    durable: str
    streams: list[str]
    inbox_prefix: str
    made_at: str
    made_by: str
    renewed_at: str | None
    renewed_by: str | None
    revoked_at: str | None
    revoked_by: str | None
    last_seen_at: str | None
    credential: str | None


class RefusedEvent(TypedDict):
    """
    An event that the broker refused: it waits in the outbox of `service` and is tried again every minute.
    """

    service: str
    event_id: str
    subject: str
    created_at: str
    refused_at: str
    trace_id: str | None


class RefusedEvents(TypedDict):
    """
    The oldest 100 of each service that answered, and which did not.
    """

    items: list[RefusedEvent]
    missing: list[Missing]


class Region(TypedDict):
    """
    A region as it says of itself; null is what it does not say.

    `sealing_key` is the recipient of age files that only it opens, `signing_key` the NKEY of its signatures.
    """

    region: str
    address: str | None
    sealing_key: str | None
    signing_key: str | None
    received_at: str | None


class RegionOfUnit(TypedDict):
    """
    The region that owns a unit.
    """

    region: str
    address: str | None
    sealing_key: str | None
    signing_key: str | None
    received_at: str | None
    unit_code: str


class RegionalHeadcount(TypedDict):
    """
    A region as it published itself; `trace_id` names the region's own trace, `women` is null where withheld.
    """

    region: str
    people: int | None
    women: int | None
    version: int
    epoch: int
    as_of: str | None
    received_at: str
    trace_id: str | None
    suppressed: bool


class RegionalIndicator(TypedDict):
    """
    A region as it published itself; `trace_id` names the region's own trace.
    """

    region: str
    value: float | None
    numerator: float | None
    denominator: float | None
    version: int
    epoch: int
    as_of: str | None
    received_at: str
    trace_id: str | None
    suppressed: bool


class RegionalIntervention(TypedDict):
    """
    An intervention that a region added for itself; no longer offered there where `offered` is false.
    """

    region: str
    version: int
    epoch: int
    offered: bool
    received_at: str
    intervention: Intervention


class RegionalInterventions(TypedDict):
    """
    A page of regions' own interventions.
    """

    items: list[RegionalIntervention]
    next: str | None


class RegionalOverlay(TypedDict):
    """
    A role profile of a region's own, over the core framework that it then had.

    `trace_id` names the region's own trace.
    """

    region: str
    role_code: str
    version: int
    epoch: int
    framework_code: str
    framework_version: int
    level: Literal["B", "I", "A"]
    setting: Literal["facility", "district", "national"]
    name: dict[str, str]
    profile: dict[str, Aim]
    received_at: str
    trace_id: str | None


class RegionalOverlays(TypedDict):
    """
    A page of regions' own role profiles.
    """

    items: list[RegionalOverlay]
    next: str | None


class RegionalRollup(TypedDict):
    """
    A region as it published itself; `trace_id` names the region's own trace.
    """

    region: str
    people: int | None
    figures: list[NationalFigure | None] | None
    version: int
    epoch: int
    received_at: str
    trace_id: str | None
    suppressed: bool


class RegionalTarget(TypedDict):
    """
    A target that a region set for itself, which holds there before the hub's.
    """

    region: str
    indicator: str
    period: str
    unit_code: str | None
    unit_level: str | None
    value: float | None
    version: int
    epoch: int
    received_at: str


class RegionalTargets(TypedDict):
    """
    A page of regions' own targets.
    """

    items: list[RegionalTarget]
    next: str | None


class RegionalTotal(TypedDict):
    """
    A region as it published itself; `trace_id` names the region's own trace.
    """

    people: int | None
    proposed: int | None
    agreed: int | None
    closed: int | None
    completed: int | None
    activities_due: int | None
    activities_completed: int | None
    hours: int | None
    region: str
    version: int
    epoch: int
    as_of: str | None
    received_at: str
    trace_id: str | None
    suppressed: bool


class Regions(TypedDict):
    """
    A page of regions.
    """

    items: list[Region]
    next: str | None


class RegisteredClient(TypedDict):
    """
    A program that gets access tokens by its own credentials. `systems` are those that it writes as.
    """

    client_id: str
    version: int
    name: str
    roles: list[str]
    units: list[str]
    systems: list[str]
    requests_per_minute: int | None
    jwks: PublicKeys | None
    secrets: list[ClientSecret]
    last_used_at: str | None
    revoked_at: str | None
    recorded_at: str


class RegisteredClients(TypedDict):
    """
    One page of clients.
    """

    items: list[RegisteredClient]
    next: str | None


class RejectedLine(TypedDict):
    """
    A line that was not taken, rejected or held.
    """

    line: int
    code: str
    pointer: str
    detail: str


class ReleaseDocument(TypedDict):
    """
    A frozen document of published figures, in its canonical form: what the digest is over.

    `cells` are unit, level, measure, people, and the sum of their values (scores in hundredths; of a subset the
    people in it). Both are null where the figure is withheld.
    """

    as_of: str
    cells: list[list[Any]]
    corrects: int | None
    cube: str
    form: int
    number: int
    period: str


class ReleaseItem(TypedDict):
    """
    A release without its document. `corrects` and `made_at` are of this instance's own.

    Of a region's a hub says `region`, its `epoch`, when the document was whole, and the region's own trace.
    """

    cube: str
    period: str
    number: int
    as_of: str
    digest: str
    corrects: NotRequired[int | None]
    made_at: NotRequired[str | None]
    region: NotRequired[str | None]
    epoch: NotRequired[int | None]
    received_at: NotRequired[str | None]
    trace_id: NotRequired[str | None]


class ReleasePage(TypedDict):
    """
    A page of releases, the newest last.
    """

    items: list[ReleaseItem]
    next: str | None


class Reliability(TypedDict):
    """
    Cronbach's alpha per competency for one level of a closed cycle.
    """

    cycle_id: str
    level: Literal["B", "I", "A"]
    competencies: list[Consistency]


class Remark(TypedDict):
    """
    What somebody should know of lines that were taken: how many, and the first of them.
    """

    code: str
    pointer: str
    detail: str
    lines_count: int
    first_line: int


class ReplayAnswer(TypedDict):
    """
    `applied` is false when the consumer had applied the event before.
    """

    applied: bool


class Replayed(TypedDict):
    """
    When and by whom (the opaque key of the sign-in) a dead letter was last replayed, and what came of it.

    Of one that failed again `reason` is the kind of the error and `place` the line of the program.
    """

    at: str
    by: str
    outcome: Literal["applied", "failed"]
    reason: str | None
    place: str | None


class ReplaysAnswer(TypedDict):
    """
    How many were applied, failed again, or were skipped (applied or dropped before); `next` if more follow.
    """

    applied: int
    failed: int
    skipped: int
    next: int | None


class Role(TypedDict):
    """
    A role with its setting and framework level (B, I, A), null for a role that leads nobody.
    """

    role_code: str
    version: int
    level: str | None
    setting: str
    name: dict[str, str]


class RolePosts(TypedDict):
    """
    Posts in one role.

    `filled` are people who hold one, not acting; `acting` those who do so for another. `vacant` are established
    posts that are not filled, `gap` what is missing to the norm, both counted unit by unit. Null: not stated.
    """

    role_code: str
    level: str | None
    leadership: bool
    established: int | None
    filled: int
    acting: int
    vacant: int | None
    norm: int | None
    gap: int | None
    units_with_norm: int
    units_meeting_norm: int


class RoleProfile(TypedDict):
    """
    A role profile; `overridden` tells the country's own from a delivered one.
    """

    role_code: str
    level: Literal["B", "I", "A"]
    setting: Literal["facility", "district", "national"]
    name: dict[str, str]
    overridden: bool
    version: int
    profile: dict[str, Aim]


class RoleProfiles(TypedDict):
    """
    A page of role profiles.
    """

    items: list[RoleProfile]
    next: str | None


class RoleValues(TypedDict):
    """
    What a role says; `level` null: it leads nobody. Names are a language map with `en` at least.
    """

    level: Literal["B", "I", "A"] | None
    setting: Literal["facility", "district", "national"]
    name: dict[str, str]


class Roles(TypedDict):
    """
    One page of roles.
    """

    items: list[Role]
    next: str | None


class SecretToMake(TypedDict):
    """
    For how many days the secret is valid.
    """

    days: NotRequired[int]


class SignInLine(TypedDict):
    """
    Issuer and subject of the tokens that a person uses.
    """

    iss: str
    sub: str


class SourceClient(TypedDict):
    """
    A client that writes as a source system; without `sub` it wrote before there were source systems.
    """

    client_key: str
    iss: str | None
    sub: str | None
    recorded_at: str


class SourceClients(TypedDict):
    """
    One page of clients.
    """

    items: list[SourceClient]
    next: str | None


class SourceSystem(TypedDict):
    """
    A system that records come from. A retired one takes no more of them; its identifiers stay.
    """

    code: str
    version: int
    name: str
    kind: str
    sends: list[str]
    retired: bool
    uri: str | None


class SourceSystemChange(TypedDict):
    """
    What can be changed of a source system; fields left out stay. Under a new code it is the same system.

    With `uri` null its identifiers are written with its code again.
    """

    code: NotRequired[str | None]
    name: NotRequired[str | None]
    kind: NotRequired[
        Literal["hris", "payroll", "professional-register", "facility-registry", "other"] | None
    ]
    sends: NotRequired[list[Literal["people", "posts", "units"]] | None]
    retired: NotRequired[bool | None]
    uri: NotRequired[str | None]


class SourceSystemToRegister(TypedDict):
    """
    A source system to be registered. `sends` says which records it may send.
    """

    code: str
    name: str
    kind: Literal["hris", "payroll", "professional-register", "facility-registry", "other"]
    sends: list[Literal["people", "posts", "units"]]
    uri: NotRequired[str | None]


class SourceSystems(TypedDict):
    """
    One page of source systems.
    """

    items: list[SourceSystem]
    next: str | None


class Split(TypedDict):
    """
    New units take the place of one from the day `on`; `children` and `posts` say who takes which.
    """

    on: NotRequired[str | None]
    into: list[NewUnit]
    children: NotRequired[dict[str, str]]
    posts: NotRequired[dict[str, str]]


class StaffingMinimum(TypedDict):
    """
    A unit needs so many staff of a cadre at least from a day on; 0: no minimum.
    """

    cadre: str
    staff: int
    valid_from: str
    unit_code: str


class StartingPoint(TypedDict):
    """
    Read the lists, then the events after `cursor`; drop an event whose version you have already.
    """

    cursor: str
    lists: list[List]


class Subject(TypedDict):
    """
    A sign-in: issuer and subject of the tokens that the person uses.
    """

    iss: str
    sub: str


class Summaries(TypedDict):
    """
    A page of framework versions.
    """

    items: list[Listed]
    next: str | None


class Summary(TypedDict):
    """
    One framework version without its content; `core_code` names what an overlay adapts.
    """

    framework_code: str
    framework_version: int
    state: Literal["draft", "published"]
    core_code: str | None
    core_version: int | None
    version: int
    published_at: str | None


class SystemsInOrder(TypedDict):
    """
    Codes of source systems, the first one first; none: the last word counts.
    """

    systems: list[str]


class Target(TypedDict):
    """
    What an indicator should reach in a quarter, at one unit or at every unit of a level.

    `origin`: `own` was set here, `hub` came from the national hub; the own one holds. `value` is null where an
    own target was withdrawn.
    """

    indicator: str
    period: str
    unit_code: str | None
    unit_level: str | None
    value: float | None
    origin: Literal["own", "hub"]
    version: int
    set_at: str


class TargetMet(TypedDict):
    """
    The target that holds for a value: an own one before the hub's (`origin`), a unit's before its level's.

    `unit_level` is null for a target of the unit itself. `met` is null while the value is hidden.
    """

    value: float
    origin: Literal["own", "hub"]
    unit_level: str | None
    met: bool | None


class TargetSet(TypedDict):
    """
    In the indicator's unit, two decimals at most; null withdraws a target.
    """

    value: float | None


class Targets(TypedDict):
    """
    A page of targets.
    """

    items: list[Target]
    next: str | None


class TestChanged(TypedDict):
    """
    Fields left out stay as they are.
    """

    pre_percent: NotRequired[float | None]
    post_percent: NotRequired[float | None]


class TestRecorded(TypedDict):
    """
    Test results of an activity in per cent, two decimals at most; at least one of the two.
    """

    activity_id: str
    pre_percent: NotRequired[float | None]
    post_percent: NotRequired[float | None]


class ThinEvent(TypedDict):
    """
    A CloudEvent with the ids of what it is about; `dataref` is where the rest is read.

    `time` is the day alone where it is about people. `data` has `items` where several changed together.
    """

    specversion: str
    id: str
    type: str
    source: str
    time: str
    instance: str
    epoch: int
    datacontenttype: str
    data: dict[str, Any]
    subject: NotRequired[str | None]
    aggregateversion: NotRequired[int | None]
    dataref: NotRequired[str | None]


class TransferredActivity(TypedDict):
    """
    An activity of a plan as it was shown.
    """

    intervention_code: str
    approach: str
    delivery: str
    competencies: list[Literal["VS", "GV", "CL", "SE", "CO", "PL", "RM", "HR", "IM", "QM", "SC"]]
    hours: int
    due_on: str
    state: Literal["planned", "started", "completed", "cancelled"]
    started_at: NotRequired[str | None]
    completed_at: NotRequired[str | None]
    hours_spent: NotRequired[int | None]


class TransferredPlan(TypedDict):
    """
    A plan as it was shown.
    """

    state: Literal["proposed", "agreed", "active", "closed"]
    outcome: NotRequired[Literal["completed", "abandoned", "superseded", "no-gap"] | None]
    level: Literal["B", "I", "A"]
    competencies: list[Literal["VS", "GV", "CL", "SE", "CO", "PL", "RM", "HR", "IM", "QM", "SC"]]
    assessed_at: str
    proposed_at: str
    agreed_at: NotRequired[str | None]
    closed_at: NotRequired[str | None]
    activities: list[TransferredActivity]


class TransferredResult(TypedDict):
    """
    A result as it was shown, in hundredths by competency. Answers, raters and comments stay where they are.
    """

    framework_code: str
    framework_version: int
    level: Literal["B", "I", "A"]
    role_code: str
    period: str
    completed_at: str
    scores: list[int | None]
    targets: list[int | None]
    gaps: list[int | None]


class Unit(TypedDict):
    """
    An organisational unit as it is today.
    """

    unit_code: str
    version: int
    name: str
    level: str
    type: str
    ownership: str | None
    latitude: float | None
    longitude: float | None
    rural: bool | None
    parent: str | None
    path: list[str]
    open_from: str
    closed_on: str | None
    successors: list[str]
    identifiers: list[Identifier]


class UnitDescription(TypedDict):
    """
    What can be changed of a unit without moving it; fields left out stay.
    """

    name: NotRequired[str | None]
    type: NotRequired[str | None]
    ownership: NotRequired[str | None]
    latitude: NotRequired[float | None]
    longitude: NotRequired[float | None]
    rural: NotRequired[bool | None]


class UnitHeadcount(TypedDict):
    """
    A unit with all below it, as its region published it; `women` are null where they are withheld.
    """

    level: str
    people: int | None
    women: int | None
    version: int
    epoch: int
    as_of: str | None
    suppressed: bool


class UnitInFull(TypedDict):
    """
    A unit with all its dated places, past and to come.
    """

    unit_code: str
    version: int
    name: str
    level: str
    type: str
    ownership: str | None
    latitude: float | None
    longitude: float | None
    rural: bool | None
    parent: str | None
    path: list[str]
    open_from: str
    closed_on: str | None
    successors: list[str]
    identifiers: list[Identifier]
    placements: list[Placement]


class UnitMeasures(TypedDict):
    """
    Levels 4 and 5 are measured for units: codes of the indicators that tell them.
    """

    indicators: list[str]


class UnitScores(TypedDict):
    """
    A unit with all below it, as its region published it; competencies of which it published none are null.
    """

    people: int | None
    figures: list[NationalFigure | None] | None
    version: int
    epoch: int
    suppressed: bool


class UnitToCreate(TypedDict):
    """
    A unit to be created; without a parent it is the root.
    """

    unit_code: str
    name: str
    type: str
    ownership: NotRequired[str | None]
    latitude: NotRequired[float | None]
    longitude: NotRequired[float | None]
    rural: NotRequired[bool | None]
    level: Literal["country", "region", "district", "facility"]
    parent: NotRequired[str | None]
    open_from: NotRequired[str | None]


class UnitTotal(TypedDict):
    """
    A unit with all below it, as its region published it.
    """

    people: int | None
    proposed: int | None
    agreed: int | None
    closed: int | None
    completed: int | None
    activities_due: int | None
    activities_completed: int | None
    hours: int | None
    version: int
    epoch: int
    as_of: str | None
    suppressed: bool


class UnitValue(TypedDict):
    """
    A unit with all below it, as its region published it.
    """

    value: float | None
    numerator: float | None
    denominator: float | None
    version: int
    epoch: int
    as_of: str | None
    suppressed: bool


class UnitVersion(TypedDict):
    """
    What a unit was once.
    """

    version: int
    name: str
    level: str
    type: str
    ownership: str | None
    latitude: float | None
    longitude: float | None
    rural: bool | None
    parent: str | None
    open_from: str
    closed_on: str | None
    successors: list[str]
    recorded_at: str


class UnitVersions(TypedDict):
    """
    One page of versions, oldest first.
    """

    items: list[UnitVersion]
    next: str | None


class Units(TypedDict):
    """
    One page of units.
    """

    items: list[Unit]
    next: str | None


class Unmerge(TypedDict):
    """
    The record that was merged by mistake.
    """

    merged_id: str


class Webhook(TypedDict):
    """
    A subscription. `reason` says why it is disabled: `gone` (410) or `failing` (75 hours).

    `failing_since` is null while deliveries are taken; otherwise it is disabled at `disabled_from`, unless one is
    taken before. `held_up_since`: since then so many events wait to be taken that no others come. `warned_at` is
    when the failure was sent to `warning_url`, or would have been. `confirm_by`: until then be here once more with
    a token.
    """

    webhook_id: str
    version: int
    url: str
    types: list[str]
    warning_url: str | None
    state: str
    reason: str | None
    failing_since: str | None
    held_up_since: str | None
    warned_at: str | None
    disabled_from: str | None
    confirm_by: str


class WebhookChange(TypedDict):
    """
    What changes; fields that are left out stay.
    """

    url: NotRequired[str | None]
    types: NotRequired[list[str] | None]
    warning_url: NotRequired[str | None]
    state: NotRequired[Literal["active", "paused"] | None]


class WebhookList(TypedDict):
    """
    All webhooks of the caller.
    """

    items: list[Webhook]


class WebhookOfSomebody(TypedDict):
    """
    A webhook as operators see it: whose it is, as an opaque key, and the host alone of where it goes.
    """

    webhook_id: str
    owner: str
    roles: list[str]
    units: list[str]
    host: str
    types: list[str]
    state: str
    reason: str | None
    failing_since: str | None
    confirm_by: str


class WebhookWithSecret(TypedDict):
    """
    A subscription with its secret, which is shown this once.
    """

    webhook_id: str
    version: int
    url: str
    types: list[str]
    warning_url: str | None
    state: str
    reason: str | None
    failing_since: str | None
    held_up_since: str | None
    warned_at: str | None
    disabled_from: str | None
    confirm_by: str
    secret: str


class WebhooksOfAll(TypedDict):
    """
    All webhooks of the instance, 500 at most.
    """

    items: list[WebhookOfSomebody]


class WrittenAim(TypedDict):
    """
    As `Aim`, as it is sent; two decimals at most.
    """

    target: float
    weight: int


class ArrivalToReceive(TypedDict):
    """
    What a file of another region holds, and the post that the person is to have here from `moved_on` on.
    """

    origin: str
    transfer_id: str
    moved_on: str
    unit_code: str
    role_code: str
    record: CarriedRecord
    results: list[TransferredResult]
    plans: list[TransferredPlan]


class AuditEntry(TypedDict):
    """
    One operation on data of individuals: who asked, when, for what purpose, and about whom.

    `about` is how many people; `people` are up to 20 of them whom you may see and who are not erased. `caller` is
    the key of the sign-in, `caller_person_id` the person that it is tied to today. An act of a rater has a day
    alone: neither `at` nor `caller` nor people.
    """

    entry_id: str
    day: str
    at: str | None
    caller: str | None
    caller_person_id: str | None
    client: bool
    roles: list[str]
    operation: str
    purpose: str | None
    about: int
    people: list[AuditedPerson]
    seal: int
    position: int


class BehaviourResult(TypedDict):
    """
    A re-rating against its baseline. `unplanned` is there so that chance is not read as success.
    """

    assessment_id: str
    baseline_assessment_id: str
    plan_id: str
    person_id: str
    unit_code: str
    period: str
    follow_up_days: int | None
    completed_at: str
    planned: Changes
    unplanned: Changes
    not_comparable: list[str]
    priority_gaps: list[PriorityGap]


class BehaviourResults(TypedDict):
    """
    A page of behaviour results.
    """

    items: list[BehaviourResult]
    next: str | None


class Carried(TypedDict):
    """
    What the person takes along.
    """

    record: CarriedRecord
    results: list[TransferredResult]
    plans: list[TransferredPlan]


class ClientChange(TypedDict):
    """
    What can be changed of a client; fields left out stay. Null `requests_per_minute`: as the setting says.
    """

    name: NotRequired[str | None]
    roles: NotRequired[list[Literal["hris", "programme-manager"]] | None]
    units: NotRequired[list[str] | None]
    systems: NotRequired[list[str] | None]
    requests_per_minute: NotRequired[int | None]
    jwks: NotRequired[PublicKeys | None]


class ClientToRegister(TypedDict):
    """
    A client to be registered: the roles that it may ask for, the units that its tokens are valid below.
    """

    name: str
    roles: list[Literal["hris", "programme-manager"]]
    units: list[str]
    systems: NotRequired[list[str]]
    requests_per_minute: NotRequired[int | None]
    jwks: NotRequired[PublicKeys | None]


class Condition(TypedDict):
    """
    A region as it says of itself, at its own time `at`; `uplink` and `down` are sequences of its streams.
    """

    at: str
    epoch: int
    software: str
    uplink: int
    down: int
    versions: dict[str, str]
    suppressed_cells: int | None
    outboxes: dict[str, Outbox]
    up_bytes: int
    up_limit: int
    budget: Budget | None
    held: Held


class DeadLetter(TypedDict):
    """
    An event given up by `consumer` of `service`; `reason` is the kind of the error. Without its data.

    `place` is the line of the program that failed, `cause` the same for all with this service, consumer, reason
    and place. `trace_id` names the flow that the event belongs to. `state` is `waiting`, `applied` once a replay
    succeeded, or `dropped`; null when the service cannot be asked. `replayed` says what came of the last replay.
    """

    seq: int
    service: str
    consumer: str
    reason: str
    place: str | None
    cause: str
    subject: str
    event_id: str | None
    event_time: str | None
    buried_at: str | None
    trace_id: str | None
    state: Literal["waiting", "applied", "dropped"] | None
    dropped: Dropped | None
    replayed: Replayed | None


class DeadLetterPage(TypedDict):
    """
    A page, oldest first.
    """

    items: list[DeadLetter]
    next: str | None


class Establishment(TypedDict):
    """
    What a unit should have on a day, and what it has; with `tree` all units below it, too.
    """

    unit: str
    on: str
    tree: bool
    roles: list[RolePosts]
    cadres: list[CadreStaff]


class Evaluation(TypedDict):
    """
    A plan on all five levels.
    """

    plan_id: str
    assessment_id: str | None
    person_id: str
    unit_code: str
    proposed_at: str | None
    agreed_at: str | None
    closed_at: str | None
    outcome: str | None
    competencies: list[str]
    reaction: list[ActivityReaction]
    learning: list[ActivityLearning]
    behaviour: list[BehaviourResult]
    results: UnitMeasures
    impact: UnitMeasures
    missing: list[MissingPart]


class Evaluations(TypedDict):
    """
    A page of evaluations.
    """

    items: list[Evaluation]
    next: str | None


class FacilityReport(TypedDict):
    """
    As other loads. Lines are numbered as a spreadsheet shows them; each that was taken has its unit's code.
    """

    import_id: str
    digest: str | None
    received: int
    created: int
    updated: int
    unchanged: int
    held: int
    held_lines: list[RejectedLine]
    rejected_count: int
    rejected: list[RejectedLine]
    duplicates_count: int
    duplicates: list[LikelyDuplicate]
    crowds_count: int
    crowds: list[Crowd]
    absent_count: int
    deactivated: int
    units_added: list[str]
    columns: dict[str, str]
    encoding: str | None
    header_line: int
    unused_headers: list[str]
    remarks: list[Remark]
    accepted: list[AcceptedLine]


class ImportReport(TypedDict):
    """
    received = created + updated + unchanged + held + rejected_count; the first 1,000 findings are listed.

    A line is held where it would make somebody else of a person: nothing of it is stored until somebody decides.

    `digest` is of a dry run, or of the one that was applied. Of CSV, `encoding` is what it was read as,
    `columns` which header each field was read from. A full list does not name `absent_count` people.
    """

    import_id: str
    digest: str | None
    received: int
    created: int
    updated: int
    unchanged: int
    held: int
    held_lines: list[RejectedLine]
    rejected_count: int
    rejected: list[RejectedLine]
    duplicates_count: int
    duplicates: list[LikelyDuplicate]
    crowds_count: int
    crowds: list[Crowd]
    absent_count: int
    deactivated: int
    units_added: list[str]
    columns: dict[str, str]
    encoding: str | None
    header_line: int
    unused_headers: list[str]


class IndicatorDefinition(TypedDict):
    """
    A definition as it is published: all of an indicator but what the instance says of it itself.

    All texts come in the languages of `name`. The shown value is numerator x `factor` / denominator.
    """

    name: dict[str, str]
    purpose: dict[str, str]
    numerator: Measure
    denominator: Measure | None
    source: str
    unit: str
    factor: Literal[1, 100, 1000, 10000, 100000]
    direction: Literal["increase", "decrease"]
    frequency: Literal["quarter", "year"]
    window_months: int | None
    chain: Literal["input", "output", "outcome", "impact"]
    evaluation_level: int | None
    competencies: list[str]
    upstream: list[str]
    disaggregations: list[str]
    minimum_cell: int
    owner: str
    dhis2_code: str
    references: list[str]


class IndicatorValue(TypedDict):
    """
    A value; `beside` shows the same people's competencies that were not in the plan (OC-03, OC-04).
    """

    indicator: str
    unit_code: str
    period: str
    unit: str
    value: float | None
    numerator: float | None
    denominator: float | None
    people: int | None
    as_of: str
    version: int
    live: bool
    suppressed: bool
    beside: Figures | None
    target: TargetMet | None


class IndicatorValues(TypedDict):
    """
    A page of values. `live`: all of them are as they are now.
    """

    live: bool
    items: list[IndicatorValue]
    next: str | None


class Instrument(TypedDict):
    """
    The items of one level in one framework version, in one language.
    """

    framework_code: str
    framework_version: int
    level: Literal["B", "I", "A"]
    language: str
    languages: list[str]
    competencies: list[dict[str, str]]
    items: list[Item]
    scale: dict[str, Any]
    stems: dict[str, str]
    relevance: dict[str, Any]
    rater_categories: list[dict[str, Any]]


class LeavingCodes(TypedDict):
    """
    What a leaving may say.
    """

    reasons: list[LeavingReason]
    destinations: list[LeavingDestination]


class NationalHeadcounts(TypedDict):
    """
    The nation and its regions.
    """

    national: NationalHeadcount
    regions: list[RegionalHeadcount]


class NationalIndicators(TypedDict):
    """
    The nation and its regions.
    """

    national: NationalIndicator
    regions: list[RegionalIndicator]


class NationalPlans(TypedDict):
    """
    The nation and its regions.
    """

    national: NationalTotal
    regions: list[RegionalTotal]


class NationalRollups(TypedDict):
    """
    The nation and its regions; `figures` follow `competencies`, on the `scale`: 301 is 3.01 of 1 to 5.
    """

    scale: str
    competencies: list[str]
    national: NationalRollup
    regions: list[RegionalRollup]


class OwnLink(TypedDict):
    """
    A region's own side: the link is `away` where the hub was not heard for 30 seconds.

    `waiting` events are here and not at the hub, `in_uplink` of them in the stream that it reads; null while the
    hub was not heard since the region's broker started, for how far it has read is not known then.
    """

    region: str
    hub: str
    state: Literal["ok", "away"]
    hub_heard_seconds: float | None
    waiting: int
    in_uplink: int | None
    beat: Condition


class People(TypedDict):
    """
    One page of people.
    """

    items: list[Person]
    next: str | None


class PersonChange(TypedDict):
    """
    What can be changed of a person; fields left out stay. `active: true` takes a deactivation back.
    """

    family_name: NotRequired[str | None]
    given_name: NotRequired[str | None]
    phone: NotRequired[str | None]
    email: NotRequired[str | None]
    sex: NotRequired[Literal["female", "male", "other"] | None]
    birth_year: NotRequired[int | None]
    cadre: NotRequired[str | None]
    subjects: NotRequired[list[Subject] | None]
    active: NotRequired[Literal[True] | None]


class PersonInFull(TypedDict):
    """
    A person with posts; `subjects` is null for those who do not keep the record.
    """

    person_id: str
    version: int
    external_id: str | None
    identifiers: list[Identifier]
    family_name: str
    given_name: str | None
    phone: str | None
    email: str | None
    sex: str | None
    birth_year: int | None
    cadre: str | None
    active: bool
    deactivated_on: str | None
    leaving_reason: str | None
    leaving_destination: str | None
    subjects: list[Subject] | None
    posts: list[Post]


class PersonLine(TypedDict):
    """
    One person as a line of NDJSON. Fields left out are emptied; `subjects` left out stay as they are.

        `former_external_id` is what the system called the person before: who comes back under a new number is the
        same person.
    """

    external_id: str
    family_name: str
    given_name: NotRequired[str | None]
    phone: NotRequired[str | None]
    email: NotRequired[str | None]
    sex: NotRequired[Literal["female", "male", "other"] | None]
    birth_year: NotRequired[int | None]
    cadre: NotRequired[str | None]
    subjects: NotRequired[list[SignInLine] | None]
    former_external_id: NotRequired[str | None]


class PersonToCreate(TypedDict):
    """
    A person to be recorded. The external id is the source system's own and is the person in its imports.
    """

    family_name: str
    given_name: NotRequired[str | None]
    phone: NotRequired[str | None]
    email: NotRequired[str | None]
    sex: NotRequired[Literal["female", "male", "other"] | None]
    birth_year: NotRequired[int | None]
    cadre: NotRequired[str | None]
    external_id: NotRequired[str | None]
    subjects: NotRequired[list[Subject]]


class PlanChange(TypedDict):
    """
    The plan's activities as they shall be, in order; what is not named is taken out.
    """

    activities: list[PlannedChange]


class PlanningInterventions(TypedDict):
    """
    A page of the catalogue.
    """

    items: list[PlanningListed]
    next: str | None


class ProfileContent(TypedDict):
    """
    A role profile as written; `profile` has one entry per competency.
    """

    level: Literal["B", "I", "A"]
    setting: Literal["facility", "district", "national"]
    name: dict[str, str]
    profile: dict[str, WrittenAim]


class RegionStanding(TypedDict):
    """
    A region as its hub sees it: late above 120 seconds; null is what is not known before it was heard.
    """

    region: str
    state: Literal["ok", "late", "never-seen", "suspended", "unknown"]
    last_seen: str | None
    lag_seconds: float | None
    lag_events: int | None
    unapplied_events: int
    refused_events: int
    received_events: int
    beat: Condition | None


class RegionalUnit(TypedDict):
    """
    A unit of a region; `headcounts` are of the levels of role that the region spoke of.

    `name` is null while the region runs a version that does not say it.
    """

    region: str
    unit_code: str
    name: str | None
    parent: str | None
    level: str
    type: str | None
    closed_on: str | None
    epoch: int
    version: int
    headcounts: list[UnitHeadcount]


class RegionalUnits(TypedDict):
    """
    A page of a region's units.
    """

    items: list[RegionalUnit]
    next: str | None


class UnitIndicator(TypedDict):
    """
    A unit of a region; `indicator` is null where the region published no value of it in the period.
    """

    region: str
    unit_code: str
    name: str | None
    parent: str | None
    level: str
    type: str | None
    closed_on: str | None
    epoch: int
    version: int
    indicator: UnitValue | None


class UnitIndicators(TypedDict):
    """
    A page of a region's units.
    """

    items: list[UnitIndicator]
    next: str | None


class UnitPlan(TypedDict):
    """
    A unit of a region; `plans` is null where the region published none of the period.
    """

    region: str
    unit_code: str
    name: str | None
    parent: str | None
    level: str
    type: str | None
    closed_on: str | None
    epoch: int
    version: int
    plans: UnitTotal | None


class UnitPlans(TypedDict):
    """
    A page of a region's units.
    """

    items: list[UnitPlan]
    next: str | None


class UnitRollup(TypedDict):
    """
    A unit of a region; `rollup` is null where the region published none of the period and level.
    """

    region: str
    unit_code: str
    name: str | None
    parent: str | None
    level: str
    type: str | None
    closed_on: str | None
    epoch: int
    version: int
    rollup: UnitScores | None


class UnitRollups(TypedDict):
    """
    A page of a region's units; `figures` follow `competencies`, on the `scale`: 301 is 3.01 of 1 to 5.
    """

    scale: str
    competencies: list[str]
    items: list[UnitRollup]
    next: str | None


class Arrival(TypedDict):
    """
    Somebody who came; `content` is null once it was decided about, `person_id` who they are here then.
    """

    origin: str
    transfer_id: str
    moved_on: str
    unit_code: str
    role_code: str
    state: Literal["waiting", "accepted", "declined"]
    person_id: str | None
    received_at: str
    content: Carried | None


class Arrivals(TypedDict):
    """
    A page of arrivals.
    """

    items: list[Arrival]
    next: str | None


class AuditEntries(TypedDict):
    """
    A page of entries, oldest first.
    """

    items: list[AuditEntry]
    next: str | None


class Federation(TypedDict):
    """
    At a hub all member regions, at a region its own link.
    """

    role: Literal["hub", "region"]
    regions: NotRequired[list[RegionStanding] | None]
    link: NotRequired[OwnLink | None]


class Me(TypedDict):
    """
    The caller as Steward knows it.
    """

    roles: list[str]
    units: list[str]
    client: bool
    source_systems: list[str]
    person: PersonInFull | None


class PartedPeople(TypedDict):
    """
    Both people after a merge was undone, and what was edited since.
    """

    person: PersonInFull
    restored: PersonInFull
    conflicts: list[EditedSince]
