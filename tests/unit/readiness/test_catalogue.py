"""The situations of a session, and the bad clients."""

from __future__ import annotations

import re

import pytest

from lead_provider_conformance.config.profile import EDITION
from lead_provider_conformance.readiness.catalogue import SituationKind, faults, situations
from lead_provider_conformance.readiness.obligations import Obligations, Observable

OBLIGATIONS = Obligations.load()
IN_EDITION = {programme: OBLIGATIONS.of(EDITION, programme) for programme in ("ecf", "npq")}
BOTH = {"connect", "first-sync", "change-while-reading", "poll-fail-recover", "declare", "correct", "break-and-leave"}
BOTH |= {"identity", "throttle-and-outage", "a-week"}
ACTS = {"ecf": BOTH | {"transfer", "next-milestone"}, "npq": BOTH | {"applications", "outcomes"}}
NAMED_ACTS = re.compile(r"the acts? ([a-z-]+)(?: (?:and|or) ([a-z-]+))?")
WAITS = {"outage", "held-response", "throttled", "throttled-without-header", "token-refused"}


def test_situations_are_numbered_in_order() -> None:
    assert [each.number for each in situations().values()] == list(range(1, 54))


def test_faults_are_numbered_in_order() -> None:
    assert [each.number for each in faults().values()] == list(range(1, 51))


@pytest.mark.parametrize("situation", situations().values(), ids=lambda each: each.name)
def test_situation_decides_obligations_of_its_programmes(situation) -> None:
    for programme in situation.programmes:
        here = IN_EDITION[programme]
        assert any(each in here for each in situation.obligations), programme
        assert ACTS[programme] & set(situation.acts), programme
    assert set(situation.acts) <= ACTS["ecf"] | ACTS["npq"]
    assert {OBLIGATIONS[each].id for each in situation.obligations} == set(situation.obligations)


def test_situations_that_wait_are_slow() -> None:
    assert {each.name for each in situations().values() if each.slow} == WAITS


def test_only_events_and_tasks_name_events() -> None:
    with_events = {each.kind for each in situations().values() if each.events}

    assert with_events <= {SituationKind.EVENT, SituationKind.TASK}


def test_every_obligation_of_a_situation_has_one() -> None:
    decided = {each for situation in situations().values() for each in situation.obligations}
    waiting = {each.id for here in IN_EDITION.values() for each in here if each.observable is Observable.SITUATION}

    assert waiting - decided == set()


def test_obligation_knows_its_situations() -> None:
    assert OBLIGATIONS["declare/retry-exact-copy"].situations == ("lost-declaration", "declaration-error")


@pytest.mark.parametrize("fault", faults().values(), ids=lambda each: each.flag)
def test_fault_names_obligations_of_its_programmes(fault) -> None:
    named = {*fault.still_passes, *([fault.requirement] if fault.requirement else [])}

    for programme in fault.programmes:
        assert {each for each in named if each not in IN_EDITION[programme]} == set(), programme
        assert ACTS[programme] & set(fault.acts), programme
    assert fault.requirement not in fault.still_passes
    assert bool(fault.requirement) != bool(fault.verdicts)
    assert fault.still_passes


@pytest.mark.parametrize("obligation", OBLIGATIONS, ids=lambda each: each.id)
def test_remedy_names_acts_of_its_programmes(obligation) -> None:
    for programme in obligation.requirement.programmes:
        named = {name for match in NAMED_ACTS.findall(obligation.remedy) for name in match if name}
        assert named <= ACTS[programme], programme
