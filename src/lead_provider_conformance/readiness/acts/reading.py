"""The acts about reading: connect, the first sync, changes while the client reads, and polls that fail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from lead_provider_conformance.readiness.acts.casting import Casting
from lead_provider_conformance.readiness.acts.trouble import HTML_ERROR, SERVER_ERROR
from lead_provider_conformance.readiness.armed import Match
from lead_provider_conformance.readiness.effects import afterwards, cut, rewrite
from lead_provider_conformance.readiness.request import ObservedRequest
from lead_provider_conformance.readiness.resources import PARTICIPANTS, is_list, place
from lead_provider_conformance.readiness.stage import Cue, Stage
from lead_provider_conformance.readiness.walks import DEFAULT_SIZE, page_number, page_size
from lead_provider_sandbox.control.world import Person

CLOCK_BEHIND_SECONDS = 600
"""The session begins with a clock that is this far behind the machine's."""

UNKNOWN_FIELD, UNKNOWN_VALUE = "readiness_unknown_field", "readiness-unknown-value"

VALUES_OF_ENUMERATIONS = ("training_status", "participant_status", "state", "status", "funding_choice")
"""Fields whose values are words of a list that may grow."""


def connect(casting: Casting, stage: Stage) -> Iterator[Cue]:
    """Let a person set up the system; a command is set up by its environment."""
    kinds = (*casting.polled, "statements", "delivery-partners")
    stage.note("stock", counts={kind: len(stage.world.records(kind)) for kind in kinds})
    if stage.session.recorder.subject.drive != "command":
        yield stage.cue("Give the system the address and the token of this session, and let it connect.", polls=0)


def first_sync(casting: Casting, stage: Stage) -> Iterator[Cue]:
    """Let the client read everything, with errors on the way, and then poll while the clocks differ."""
    stage.event("clock-apart", seconds=-CLOCK_BEHIND_SECONDS)
    disturbed: set[str] = set()

    def first_of_list(request: ObservedRequest) -> bool:
        """Return whether the request reads a list of records that had no error yet."""
        kind = place(request)[0]
        return is_list(request) and kind is not None and kind not in disturbed

    def within_walk(request: ObservedRequest) -> bool:
        """Return whether the request reads a second page, or all pages at once."""
        return is_list(request) and ((page_number(request) or 0) >= 2 or page_size(request) > DEFAULT_SIZE)

    def noting(request: ObservedRequest) -> bool:
        disturbed.add(place(request)[0] or "")
        return True

    stage.arm(
        "server-error-on-page",
        Match(kinds=frozenset({PARTICIPANTS}), condition=lambda each: within_walk(each) and noting(each)),
        SERVER_ERROR,
    )
    for name, effect in (("html-error", HTML_ERROR), ("cut-response", cut())):
        stage.arm(
            name,
            Match(
                methods=frozenset({"GET"}),
                condition=lambda each: place(each)[0] != PARTICIPANTS and first_of_list(each) and noting(each),
            ),
            effect,
        )
    yield stage.cue("Read everything: a full sync of every list that the system uses.", polls=1)
    newcomer = stage.create(casting.newcomer)
    yield stage.cue("Poll for changes.")
    stage.note("clock-checked", participant_id=newcomer.participant_id)
    stage.move_clock(seconds=CLOCK_BEHIND_SECONDS)


def change_while_reading(casting: Casting, stage: Stage) -> Iterator[Cue]:
    """Change records while the client reads: unknown fields and values, a moved record, one on two pages."""
    world = stage.world
    ids = [record_id for record_id, _ in world.records(PARTICIPANTS)]
    for record_id in ids[: DEFAULT_SIZE + DEFAULT_SIZE // 2]:
        stage.event("touched", kind=PARTICIPANTS, id=record_id)
    doubled = stage.create(casting.newcomer)
    polls = Match(kinds=frozenset({PARTICIPANTS}), methods=frozenset({"GET"}), condition=is_list)

    def change(_: ObservedRequest) -> None:
        # The record has been read already: a list has the oldest records first.
        stage.event("changed", kind=PARTICIPANTS, id=ids[0], field="email")

    stage.arm("changed-while-reading", polls, afterwards(change), kind=PARTICIPANTS, id=ids[0])
    stage.arm(
        "record-on-two-pages",
        polls,
        rewrite(lambda document, _: _with_record_first(stage, document, doubled)),
        kind=PARTICIPANTS,
        id=doubled.participant_id,
    )
    task = casting.declare_started(stage, doubled, "declare-record-on-two-pages")
    yield stage.cue("Poll for changes, and do the task.", [task], polls=2)
    yield stage.cue("Poll again.")
    for name, change_document in (("unknown-member", _with_unknown_field), ("unknown-value", _with_unknown_value)):
        person = stage.create(casting.newcomer)
        armed = stage.arm(
            name,
            Match(methods=frozenset({"GET"}), condition=lambda each: place(each)[0] is not None),
            rewrite(change_document),
            times=None,
        )
        task = casting.declare_started(stage, person, f"declare-despite-{name}")
        yield stage.cue("Poll for changes, and do the task.", [task])
        stage.withdraw(armed)


def poll_fail_recover(casting: Casting, stage: Stage) -> Iterator[Cue]:
    """Let a poll fail, and let a record appear late."""
    stage.create(casting.newcomer)
    yield stage.cue("Poll for changes.")
    missed = stage.create(casting.newcomer)
    for record_id, _ in stage.world.records(PARTICIPANTS)[: DEFAULT_SIZE + DEFAULT_SIZE // 2]:
        stage.event("touched", kind=PARTICIPANTS, id=record_id)
    armed = stage.arm(
        "poll-fails",
        Match(
            kinds=frozenset({PARTICIPANTS}),
            methods=frozenset({"GET"}),
            condition=lambda each: is_list(each) and ((page_number(each) or 0) >= 2 or page_size(each) > DEFAULT_SIZE),
        ),
        SERVER_ERROR,
        times=None,
        ids=[missed.participant_id],
    )
    # A client may do a cue within a second, which is too short to see from which instant it polls next.
    stage.move_clock(hours=1)
    yield stage.cue("An hour later. Poll for changes.")
    stage.withdraw(armed)
    began = stage.now
    yield stage.cue("Poll again.")
    late = stage.create(casting.newcomer, updated_at=began - timedelta(seconds=2))
    stage.note("late-commit", participant_id=late.participant_id, updated_at=(began - timedelta(seconds=2)).isoformat())
    yield stage.cue("Poll again.")


def a_week(casting: Casting, stage: Stage) -> Iterator[Cue]:
    """Let a week pass: a full sync is due, and polls at several times of a day."""
    for hours in (2, 3):
        stage.move_clock(hours=hours)
        stage.create(casting.newcomer)
        yield stage.cue("Poll for changes.")
    stage.event("live-like", on=True)
    stage.event("week-passed")
    yield stage.cue("A week has passed. Do what the system does once a week.", polls=2)


def _with_record_first(stage: Stage, document: Any, person: Person) -> Any:
    """Return a page that begins with a record of a later page, as when the record moves while the list is read."""
    data = document.get("data")
    if not isinstance(data, list) or not data:
        return document
    attributes = stage.world.record(PARTICIPANTS, person.participant_id)
    moved = {**data[0], "id": person.participant_id, "attributes": attributes}
    return {**document, "data": [moved, *data]}


def _with_unknown_field(document: Any, _: ObservedRequest) -> Any:
    def extended(record: Any) -> Any:
        attributes = record.get("attributes")
        if not isinstance(attributes, dict):
            return record
        unknown = {UNKNOWN_FIELD: {"value": "new", "since": "2026-09-01"}}
        return {**record, "attributes": {**attributes, **unknown}}

    return _each_record(document, extended)


def _with_unknown_value(document: Any, _: ObservedRequest) -> Any:
    """Return a document whose first record has a word that is not on the list of its field."""

    def replaced(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: UNKNOWN_VALUE if name in VALUES_OF_ENUMERATIONS and isinstance(each, str) else replaced(each)
                for name, each in value.items()
            }
        return [replaced(each) for each in value] if isinstance(value, list) else value

    data = document.get("data")
    if isinstance(data, list) and data:
        return {**document, "data": [replaced(data[0]), *data[1:]]}
    return document


def _each_record(document: Any, change: Any) -> Any:
    data = document.get("data")
    if isinstance(data, list):
        return {**document, "data": [change(each) for each in data]}
    return {**document, "data": change(data)} if isinstance(data, dict) else document
