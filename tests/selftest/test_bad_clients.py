"""A sample of the bad clients, another one each day: each fails its own requirement. `make proof` runs all of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tools.proof.clients import faulty_session, problems_of_fault, takes_a_session

from lead_provider_conformance.readiness.catalogue import Fault, faults

SAMPLE = 2


def sample_of(day: int) -> list[tuple[Fault, str]]:
    """Return the faults of a day with a programme of each; those with deliberate waits are left to the proof."""
    quick = [each for each in faults().values() if takes_a_session(each) and "throttle-and-outage" not in each.acts]
    chosen = (quick[(day * SAMPLE + number) % len(quick)] for number in range(SAMPLE))
    return [(fault, fault.programmes[day % len(fault.programmes)]) for fault in chosen]


SESSIONS = sample_of(datetime.now(UTC).toordinal())


@pytest.mark.parametrize(("fault", "programme"), SESSIONS, ids=[f"{fault.flag}-{name}" for fault, name in SESSIONS])
def test_bad_client_fails_its_own_requirement(fault: Fault, programme: str) -> None:
    assert problems_of_fault(fault, faulty_session(fault, programme, waits=False)) == []
