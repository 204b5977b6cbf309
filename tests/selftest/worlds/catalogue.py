"""The worlds: conforming servers whose data or manners differ from those of the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from typing import Any

from lead_provider_conformance.config.shard import WHOLE, Shard
from lead_provider_sandbox.http.rate_limit import DOCUMENTED_LIMIT
from lead_provider_sandbox.parts import Replacement
from lead_provider_sandbox.seed.file import SeedPlan
from lead_provider_sandbox.seed.situations import EcfSituation, NpqSituation
from lead_provider_sandbox.store.store import Rows

from . import deployed, deployed_data

Change = Callable[[Rows], Rows]

NO_REGISTRATION = r"state ect\.not-registered|Only participants can finish registering"
"""Only a school or a participant creates these records; no world offers provisioning."""

NO_RECORDS = (
    r"has no record left in the state|^There is (no|one) record|lists nothing|lists no declaration|^No |"
    r"^The provider has no |^There is no |^This cohort has no |^In no cohort |has no record for|has no suitable record|"
    r"^The second lead provider has no |^All the records have the same|shows no participant|"
    r"Only participants can finish registering|has neither|at the same time|^All of |^In no open cohort |"
    r"^The provider (trains|has) |name no delivery partner|no two schedules of|changes all the time"
)
"""The reasons of a server that has few records."""

ANY_REASON = ""
"""The reasons of the deployed services: their own seeds have few records in few states."""

_OF_PARTICIPANTS = ("providers", "people", "training_records", "enrolments", "applications")
_ENDED = 2021
_ORIGINAL = ("2024-12", "2025-04")
SUCCESSORS = ("2026-08",)
"""The editions in which each programme has a service of its own."""
_SAME_MOMENT = "2024-10-01T09:00:00.000000Z"
_SPRING = "npq-leadership-spring"


class Date(Enum):
    """The Date header of a world: of the machine, as from a proxy, of the world's own clock, or none."""

    REAL = "real"
    OF_CLOCK = "of the clock"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class World:
    """A conforming server. `plan` and `rows` change the seed of the sandbox; other fields change its manners.

    `lacks` matches each reason for which a test could not run. `replaced` are parts of the sandbox by name.
    `waivers_of` names the target whose waivers cover the world's known deviations; failures of the
    levels `ignores` are none. With `requests_per_change`, others change records all the time: those of the other
    shards, if the run is one `shard`.
    """

    plan: Callable[[SeedPlan], SeedPlan] = lambda plan: plan
    rows: Change = lambda rows: rows
    processes: int = 1
    latency_seconds: float = 0
    clock_behind: timedelta = timedelta()
    date: Date = Date.REAL
    keeps_connections: bool = True
    lacks: str = NO_REGISTRATION
    workers: int = 2
    editions: tuple[str, ...] = ("2024-12", "2025-04", "2026-08")
    programmes: tuple[str, ...] = ("ecf", "npq")
    replaced: Mapping[str, Replacement] = field(default_factory=dict)
    throttle: int | None = None
    waivers_of: str | None = None
    ignores: tuple[str, ...] = ()
    requests_per_change: int | None = None
    shard: Shard = WHOLE


def _without(*tables: str) -> Change:
    return lambda rows: {name: () if name in tables else own for name, own in rows.items()}


def _only(*tables: str) -> Change:
    return lambda rows: {name: rows[name] for name in tables}


def _where(condition: Callable[[str, Mapping[str, Any]], bool]) -> Change:
    return lambda rows: {name: [row for row in own if condition(name, row)] for name, own in rows.items()}


def _set(table: str, condition: Callable[[Mapping[str, Any]], bool], **values: Any) -> Change:
    def change(rows: Rows) -> Rows:
        changed = [{**row, **values} if condition(row) else row for row in rows[table]]
        return {**rows, table: changed}

    return change


def _of_ended_cohort(name: str, row: Mapping[str, Any]) -> bool:
    return row.get("cohort", _ENDED) == _ENDED


def _at_same_moment(rows: Rows) -> Rows:
    times = ("created_at", "updated_at", "accepted_at")
    return {
        name: [row | {time: _SAME_MOMENT for time in times if row.get(time)} for row in own]
        for name, own in rows.items()
    }


def _with_second_ect_record(rows: Rows) -> Rows:
    """Add a second ECT record, of another cohort, to each person with an ECT's and a mentor's record."""
    mentors = {row["person_id"] for row in rows["training_records"] if row["participant_type"] == "mentor"}
    first = [
        row for row in rows["training_records"] if row["person_id"] in mentors and row["participant_type"] == "ect"
    ]
    second = {row["id"]: {**row, "id": _next_id(row["id"])} for row in first}
    enrolments = [
        {**row, "id": _next_id(row["id"]), "training_record_id": second[row["training_record_id"]]["id"]}
        for row in rows["enrolments"]
        if row["training_record_id"] in second
    ]
    return {
        **rows,
        "training_records": [*rows["training_records"], *second.values()],
        "enrolments": [*rows["enrolments"], *enrolments],
    }


def _next_id(uuid: str) -> str:
    return uuid[:-1] + format((int(uuid[-1], 16) + 1) % 16, "x")


def _ended_cohort(_: SeedPlan) -> SeedPlan:
    ecf = [
        EcfSituation(name="nothing declared", count=12, cohort=_ENDED),
        EcfSituation(name="mentor", count=3, cohort=_ENDED, participant_type="mentor"),
        EcfSituation(name="paid", count=6, cohort=_ENDED, declared=(("started", "paid"), ("retained-1", "paid"))),
    ]
    npq = [
        NpqSituation(name="pending", count=5, cohort=_ENDED, course="npq-headship", status="pending"),
        NpqSituation(name="accepted", count=5, cohort=_ENDED, course="npq-headship", schedule="npq-leadership-autumn"),
    ]
    return SeedPlan(tuple(ecf), tuple(npq))


def _one_participant(_: SeedPlan) -> SeedPlan:
    accepted = NpqSituation(name="accepted", cohort=2024, course="npq-headship", schedule="npq-leadership-autumn")
    return SeedPlan((EcfSituation(name="nothing declared", cohort=2024),), (accepted,))


def _pending_only(plan: SeedPlan) -> SeedPlan:
    return replace(plan, npq=tuple(each for each in plan.npq if each.status == "pending"))


def _no_outcomes(plan: SeedPlan) -> SeedPlan:
    return replace(plan, npq=tuple(each for each in plan.npq if each.outcome is None))


WORLDS: Mapping[str, World] = {
    "empty": World(rows=_only("providers"), lacks=NO_RECORDS),
    "one-participant": World(plan=_one_participant, lacks=rf"{NO_RECORDS}|refused to prepare the test"),
    "nothing-but-one-participant": World(plan=_one_participant, rows=_only(*_OF_PARTICIPANTS), lacks=NO_RECORDS),
    "ended-cohort": World(plan=_ended_cohort, rows=_where(_of_ended_cohort), lacks=NO_RECORDS),
    "no-outcomes": World(
        plan=_no_outcomes,
        lacks=rf"{NO_REGISTRATION}|outcomes lists nothing|^There is no record|^No (completed declaration|outcome) ",
    ),
    "pending-with-schedules": World(
        plan=_pending_only,
        rows=_set("applications", lambda row: row["status"] == "pending", schedule_identifier=_SPRING),
        lacks=(
            rf"{NO_RECORDS}|refused to prepare the test|had the schedule|had one before|"
            r"does not train for"
        ),
    ),
    "two-ect-records": World(rows=_with_second_ect_record, lacks=rf"{NO_REGISTRATION}|state ect\.and-mentor"),
    "same-moment": World(
        rows=_at_same_moment,
        lacks=rf"{NO_REGISTRATION}|the same|refused to prepare the test|no record left in the state ect",
    ),
    "in-use": World(requests_per_change=2),
    "other-shard": World(requests_per_change=2, shard=Shard(1, 2), lacks=ANY_REASON),
    "first-shard": World(requests_per_change=2, shard=Shard(2, 2), lacks=ANY_REASON),
    "slow": World(processes=4, latency_seconds=0.2, workers=4),
    "clock-3-seconds-behind-proxy": World(clock_behind=timedelta(seconds=3)),
    "clock-10-minutes-behind": World(clock_behind=timedelta(minutes=10), date=Date.NONE),
    "700-days-behind": World(
        clock_behind=timedelta(days=700), date=Date.OF_CLOCK, lacks=NO_RECORDS, editions=_ORIGINAL
    ),
    "two-years-ahead": World(
        clock_behind=-timedelta(days=730), date=Date.OF_CLOCK, lacks=NO_RECORDS, editions=SUCCESSORS
    ),
    "closes-every-connection": World(keeps_connections=False),
    "unlisted-statements": World(
        rows=_where(lambda name, row: name != "statements" or not row["paid"]),
        lacks=rf"{NO_REGISTRATION}|on a statement of a closed cohort",
    ),
    "unlisted-delivery-partners": World(rows=_without("delivery_partner_links"), lacks=NO_RECORDS),
    "ect-as-deployed": World(
        plan=lambda _: deployed_data.ECT_PLAN,
        rows=deployed_data.ect_rows,
        replaced=deployed.ECT,
        lacks=ANY_REASON,
        ignores=("MAY",),
        throttle=DOCUMENTED_LIMIT,
        waivers_of="ect-service",
        editions=SUCCESSORS,
        programmes=("ecf",),
    ),
    "npq-as-deployed": World(
        plan=deployed_data.npq_plan,
        rows=deployed_data.npq_rows,
        replaced=deployed.NPQ,
        lacks=ANY_REASON,
        ignores=("MAY",),
        throttle=DOCUMENTED_LIMIT,
        waivers_of="npq-service",
        editions=SUCCESSORS,
        programmes=("npq",),
    ),
}
